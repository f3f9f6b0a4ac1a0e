INSERT INTO panel_domains (id, domain, domain_ace, adminid, customerid, isemaildomain, deactivated, add_date) VALUES
 (1, 'alpha.example', '', 1, 1, 1, 0, 1767323045), (2, 'beta.example', '', 1, 1, 1, 0, 1767323045),
 (3, 'closed.example', '', 1, 1, 1, 1, 1767323045), (4, 'xn--mnchen-3ya.example', 'münchen.example', 1, 1, 1, 0, 1767323045);
INSERT INTO mail_users (id, email, username, password, password_enc, uid, gid, homedir, maildir, postfix, domainid, customerid, pop3, imap) VALUES
 (1, 'anna@alpha.example', 'anna@alpha.example', '', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 2000, 2000, '/var/customers/mail/', 'c1/anna@alpha.example/', 'Y', 1, 1, 1, 1),
 (2, 'bert@alpha.example', 'bert@alpha.example', '', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 2000, 2000, '/var/customers/mail/', 'c1/bert@alpha.example/', 'Y', 1, 1, 1, 1),
 (3, 'cleo@beta.example', 'cleo@beta.example', '', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 2000, 2000, '/var/customers/mail/', 'c1/cleo@beta.example/', 'Y', 2, 1, 1, 1),
 (4, 'disa@alpha.example', 'disa@alpha.example', '', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 2000, 2000, '/var/customers/mail/', 'c1/disa@alpha.example/', 'N', 1, 1, 0, 0),
 (5, 'dora@closed.example', 'dora@closed.example', '', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 2000, 2000, '/var/customers/mail/', 'c1/dora@closed.example/', 'Y', 3, 1, 1, 1),
 (6, 'ivo@xn--mnchen-3ya.example', 'ivo@xn--mnchen-3ya.example', '', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 2000, 2000, '/var/customers/mail/', 'c1/ivo@xn--mnchen-3ya.example/', 'Y', 4, 1, 1, 1),
 (7, 'clea@alpha.example', 'clea@alpha.example', 'Old-Passw0rd!', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 2000, 2000, '/var/customers/mail/', 'c1/clea@alpha.example/', 'Y', 1, 1, 1, 1),
 (8, 'popi@alpha.example', 'popi@alpha.example', '', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 2000, 2000, '/var/customers/mail/', 'c1/popi@alpha.example/', 'N', 1, 1, 1, 0);
