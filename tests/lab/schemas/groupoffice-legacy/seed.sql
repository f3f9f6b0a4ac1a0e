INSERT INTO pa_domains (id, user_id, domain, description, ctime, mtime, active, acl_id) VALUES
 (1, 1, 'alpha.example', 'Alpha', 1767323045, 1767323045, 1, 1), (2, 1, 'beta.example', 'Beta', 1767323045, 1767323045, 1, 1),
 (3, 1, 'closed.example', 'Closed', 1767323045, 1767323045, 0, 1), (4, 1, 'xn--mnchen-3ya.example', 'München', 1767323045, 1767323045, 1, 1);
INSERT INTO pa_mailboxes (id, domain_id, username, password, smtpAllowed, name, maildir, ctime, mtime, active) VALUES
 (1, 1, 'anna@alpha.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 1, 'Anna Ålund', 'vmail/anna@alpha.example/', 1767323045, 1767323045, 1),
 (2, 1, 'bert@alpha.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 1, 'Bert', 'vmail/bert@alpha.example/', 1767323045, 1767323045, 1),
 (3, 2, 'cleo@beta.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 1, 'Cleo', 'vmail/cleo@beta.example/', 1767323045, 1767323045, 1),
 (4, 1, 'disa@alpha.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 1, 'Disa', 'vmail/disa@alpha.example/', 1767323045, 1767323045, 0),
 (5, 3, 'dora@closed.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 1, 'Dora', 'vmail/dora@closed.example/', 1767323045, 1767323045, 1),
 (6, 4, 'ivo@xn--mnchen-3ya.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 1, 'Ivo', 'vmail/ivo@xn--mnchen-3ya.example/', 1767323045, 1767323045, 1);
