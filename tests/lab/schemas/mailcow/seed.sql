INSERT INTO domain (domain, description, created, modified, active) VALUES
 ('alpha.example', 'Alpha', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 ('beta.example', 'Beta', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 ('closed.example', 'Closed', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 0),
 ('xn--mnchen-3ya.example', 'München', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1);
INSERT INTO mailbox (username, password, name, local_part, domain, attributes, kind, authsource, created, modified, active) VALUES
 ('anna@alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Anna Ålund', 'anna', 'alpha.example', '{"force_pw_update":"1","tls_enforce_in":"0","passwd_update":"2026-01-02 03:04:05","mailbox_format":"maildir:","imap_access":"1","smtp_access":"1","quarantine_notification":"hourly"}', '', 'mailcow', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 ('bert@alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Bert', 'bert', 'alpha.example', '{"force_pw_update":"1","tls_enforce_in":"0","passwd_update":"2026-01-02 03:04:05","mailbox_format":"maildir:","imap_access":"1","smtp_access":"1","quarantine_notification":"hourly"}', '', 'mailcow', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 ('cleo@beta.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Cleo', 'cleo', 'beta.example', '{"force_pw_update":"1","tls_enforce_in":"0","passwd_update":"2026-01-02 03:04:05","mailbox_format":"maildir:","imap_access":"1","smtp_access":"1","quarantine_notification":"hourly"}', '', 'mailcow', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 ('disa@alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Disa', 'disa', 'alpha.example', '{"force_pw_update":"1","tls_enforce_in":"0","passwd_update":"2026-01-02 03:04:05","mailbox_format":"maildir:","imap_access":"1","smtp_access":"1","quarantine_notification":"hourly"}', '', 'mailcow', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 0),
 ('dist@alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Receives mail only', 'dist', 'alpha.example', '{"force_pw_update":"1","tls_enforce_in":"0","passwd_update":"2026-01-02 03:04:05","mailbox_format":"maildir:","imap_access":"1","smtp_access":"1","quarantine_notification":"hourly"}', '', 'mailcow', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 2),
 ('dora@closed.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Dora', 'dora', 'closed.example', '{"force_pw_update":"1","tls_enforce_in":"0","passwd_update":"2026-01-02 03:04:05","mailbox_format":"maildir:","imap_access":"1","smtp_access":"1","quarantine_notification":"hourly"}', '', 'mailcow', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 ('exte@alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Exte', 'exte', 'alpha.example', '{"force_pw_update":"1","tls_enforce_in":"0","passwd_update":"2026-01-02 03:04:05","mailbox_format":"maildir:","imap_access":"1","smtp_access":"1","quarantine_notification":"hourly"}', '', 'ldap', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 ('ivo@xn--mnchen-3ya.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Ivo', 'ivo', 'xn--mnchen-3ya.example', '{"force_pw_update":"1","tls_enforce_in":"0","passwd_update":"2026-01-02 03:04:05","mailbox_format":"maildir:","imap_access":"1","smtp_access":"1","quarantine_notification":"hourly"}', '', 'mailcow', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 ('room@alpha.example', 'RESOURCE', 'Meeting room', 'room', 'alpha.example', '{}', 'location', 'mailcow', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1);
INSERT INTO app_passwd (name, mailbox, domain, password, created, modified) VALUES
 ('Phone', 'anna@alpha.example', 'alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', '2026-01-02 03:04:05', '2026-01-02 03:04:05'),
 ('Tablet', 'bert@alpha.example', 'alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', '2026-01-02 03:04:05', '2026-01-02 03:04:05');
INSERT INTO reset_password (username, token, created) VALUES
 ('anna@alpha.example', 'token-of-anna', '2026-01-02 03:04:05'), ('bert@alpha.example', 'token-of-bert', '2026-01-02 03:04:05');
INSERT INTO oauth_access_tokens (access_token, client_id, user_id, expires, scope) VALUES
 ('access-of-anna', 'nextcloud', 'anna@alpha.example', '2026-12-02 03:04:05', 'profile'), ('access-of-bert', 'nextcloud', 'bert@alpha.example', '2026-12-02 03:04:05', 'profile');
INSERT INTO oauth_refresh_tokens (refresh_token, client_id, user_id, expires, scope) VALUES
 ('refresh-of-anna', 'nextcloud', 'anna@alpha.example', '2026-12-02 03:04:05', 'profile');
INSERT INTO sogo_sessions_folder (c_id, c_value, c_creationdate, c_lastseen) VALUES ('session-1', 'b3BhcXVl', 1767323045, 1767323045);
