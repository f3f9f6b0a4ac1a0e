INSERT INTO core_user (id, password, last_login, is_superuser, first_name, last_name, is_staff, is_active, date_joined, username, email, is_local, master_user, language, phone_number, secondary_email, totp_enabled, webauthn_enabled, _parameters) VALUES
 (1, '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', NULL, '1', 'Super', 'User', '1', '1', '2026-01-02 03:04:05', 'admin', '', '1', '0', 'en', NULL, NULL, '0', '0', '{}'),
 (2, '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', NULL, '0', 'Anna', '', '0', '1', '2026-01-02 03:04:05', 'anna@alpha.example', 'anna@alpha.example', '1', '0', 'en', NULL, NULL, '0', '0', '{}'),
 (3, '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', NULL, '0', 'Bert', '', '0', '1', '2026-01-02 03:04:05', 'bert@alpha.example', 'bert@alpha.example', '1', '0', 'en', NULL, NULL, '0', '0', '{}'),
 (4, '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', NULL, '0', 'Cleo', '', '0', '1', '2026-01-02 03:04:05', 'cleo@beta.example', 'cleo@beta.example', '1', '0', 'en', NULL, NULL, '0', '0', '{}'),
 (5, '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', NULL, '0', 'Disa', '', '0', '0', '2026-01-02 03:04:05', 'disa@alpha.example', 'disa@alpha.example', '1', '0', 'en', NULL, NULL, '0', '0', '{}'),
 (6, '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', NULL, '0', 'Dora', '', '0', '1', '2026-01-02 03:04:05', 'dora@closed.example', 'dora@closed.example', '1', '0', 'en', NULL, NULL, '0', '0', '{}'),
 (7, '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', NULL, '0', 'Exte', '', '0', '1', '2026-01-02 03:04:05', 'exte@alpha.example', 'exte@alpha.example', '0', '0', 'en', NULL, NULL, '0', '0', '{}'),
 (8, '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', NULL, '0', 'Ivo', '', '0', '1', '2026-01-02 03:04:05', 'ivo@xn--mnchen-3ya.example', 'ivo@xn--mnchen-3ya.example', '1', '0', 'en', NULL, NULL, '0', '0', '{}');
INSERT INTO admin_domain (id, creation, last_modification, name, quota, default_mailbox_quota, enabled, type, enable_dns_checks, enable_dkim, dkim_key_selector) VALUES
 (1, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'alpha.example', 0, 0, '1', 'domain', '0', '0', 'modoboa'),
 (2, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'beta.example', 0, 0, '1', 'domain', '0', '0', 'modoboa'),
 (3, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'closed.example', 0, 0, '0', 'domain', '0', '0', 'modoboa'),
 (4, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'xn--mnchen-3ya.example', 0, 0, '1', 'domain', '0', '0', 'modoboa');
INSERT INTO admin_mailbox (id, creation, last_modification, address, quota, use_domain_quota, is_send_only, domain_id, user_id) VALUES
 (1, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'anna', 0, '0', '0', 1, 2),
 (2, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'bert', 0, '0', '0', 1, 3),
 (3, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'cleo', 0, '0', '0', 2, 4),
 (4, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'disa', 0, '0', '0', 1, 5),
 (5, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'dora', 0, '0', '0', 3, 6),
 (6, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'exte', 0, '0', '0', 1, 7),
 (7, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'ivo', 0, '0', '0', 4, 8);
INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('s1', 'opaque', '2026-12-02 03:04:05');
