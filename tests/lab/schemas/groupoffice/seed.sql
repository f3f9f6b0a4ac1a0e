INSERT INTO core_user (id, username, displayName, enabled, email, recoveryEmail, recoveryHash, recoverySendAt, createdAt, modifiedAt, homeDir, passwordModifiedAt, forcePasswordChange) VALUES
 (1, 'admin', 'System Administrator', 1, 'admin@office.example', 'admin@office.example', NULL, NULL, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'users/admin', NULL, 0),
 (2, 'anna@alpha.example', 'Anna Ålund', 1, 'anna@alpha.example', 'anna@alpha.example', '0123456789abcdef0123456789abcdef01234567', '2026-01-02 03:04:05', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'users/Anna Ålund', '2026-01-02 03:04:05', 1),
 (3, 'bert@alpha.example', 'Bert', 1, 'bert@alpha.example', 'bert@alpha.example', NULL, NULL, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'users/Bert', '2026-01-02 03:04:05', 0),
 (4, 'cleo@beta.example', 'Cleo', 1, 'cleo@beta.example', 'cleo@beta.example', NULL, NULL, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'users/Cleo', '2026-01-02 03:04:05', 0),
 (5, 'disa@alpha.example', 'Disa', 0, 'disa@alpha.example', 'disa@alpha.example', NULL, NULL, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'users/Disa', '2026-01-02 03:04:05', 0),
 (6, 'exte@alpha.example', 'Exte', 1, 'exte@alpha.example', 'exte@alpha.example', NULL, NULL, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'users/Exte', '2026-01-02 03:04:05', 0);
INSERT INTO core_auth_password (userId, password) VALUES (1, '$2y$10$ZQUSGDKytomOGtb9py17WuzQfA.qsPjy/3uuZEHpoji90S1bZiaF6'), (2, '$2y$10$ZQUSGDKytomOGtb9py17WuzQfA.qsPjy/3uuZEHpoji90S1bZiaF6'), (3, '$2y$10$ZQUSGDKytomOGtb9py17WuzQfA.qsPjy/3uuZEHpoji90S1bZiaF6'), (4, '$2y$10$ZQUSGDKytomOGtb9py17WuzQfA.qsPjy/3uuZEHpoji90S1bZiaF6'), (5, '$2y$10$ZQUSGDKytomOGtb9py17WuzQfA.qsPjy/3uuZEHpoji90S1bZiaF6');
INSERT INTO core_client (id, deviceId, platform, name, version, ip, lastSeen, createdAt, status, userId) VALUES
 (1, '-', 'linux', 'GroupOffice WebClient', '26.0', '192.0.2.1', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'allowed', 2);
INSERT INTO core_auth_token (loginToken, accessToken, CSRFToken, userId, createdAt, expiresAt, passedAuthenticators, clientId) VALUES
 ('login-1', 'access-1', 'csrf-1', 2, '2026-01-02 03:04:05', '2026-01-09 03:04:05', 'password', 1), ('login-2', 'api-key', NULL, 2, '2026-01-02 03:04:05', NULL, NULL, 1);
INSERT INTO core_auth_remember_me (token, series, expiresAt, userId, clientId) VALUES ('remember', 'series', '2026-02-09 03:04:05', 2, 1);
INSERT INTO community_maildomains_domain (id, userId, domain, description, createdBy, createdAt, modifiedBy, modifiedAt, active, aclId) VALUES
 (1, 1, 'alpha.example', 'Alpha', 1, '2026-01-02 03:04:05', 1, '2026-01-02 03:04:05', 1, 1), (2, 1, 'beta.example', 'Beta', 1, '2026-01-02 03:04:05', 1, '2026-01-02 03:04:05', 1, 1),
 (3, 1, 'closed.example', 'Closed', 1, '2026-01-02 03:04:05', 1, '2026-01-02 03:04:05', 0, 1), (4, 1, 'xn--mnchen-3ya.example', 'München', 1, '2026-01-02 03:04:05', 1, '2026-01-02 03:04:05', 1, 1);
INSERT INTO community_maildomains_mailbox (id, domainId, username, password, domainOwner, smtpAllowed, description, maildir, createdBy, createdAt, modifiedBy, modifiedAt, active) VALUES
 (1, 1, 'anna@alpha.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 0, 1, 'Anna Ålund', 'vmail/anna@alpha.example/', 1, '2026-01-02 03:04:05', 2, '2026-01-02 03:04:05', 1),
 (2, 1, 'bert@alpha.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 1, 1, 'Bert', 'vmail/bert@alpha.example/', 1, '2026-01-02 03:04:05', 2, '2026-01-02 03:04:05', 1),
 (3, 2, 'cleo@beta.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 0, 1, 'Cleo', 'vmail/cleo@beta.example/', 1, '2026-01-02 03:04:05', 2, '2026-01-02 03:04:05', 1),
 (4, 1, 'disa@alpha.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 0, 1, 'Disa', 'vmail/disa@alpha.example/', 1, '2026-01-02 03:04:05', 2, '2026-01-02 03:04:05', 0),
 (5, 3, 'dora@closed.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 0, 1, 'Dora', 'vmail/dora@closed.example/', 1, '2026-01-02 03:04:05', 2, '2026-01-02 03:04:05', 1),
 (6, 4, 'ivo@xn--mnchen-3ya.example', '$5$rounds=5000$groupofficesalt1$D0xcb8TgqzVUh5SteHUJiVTDiTmKdY7TnkztZAuEKS7', 0, 1, 'Ivo', 'vmail/ivo@xn--mnchen-3ya.example/', 1, '2026-01-02 03:04:05', 2, '2026-01-02 03:04:05', 1);
