INSERT INTO domain (id, domain, created, modified, active) VALUES
 (1, 'alpha.example', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1), (2, 'beta.example', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 (3, 'closed.example', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 0), (4, 'xn--mnchen-3ya.example', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1);
INSERT INTO mailbox (id, username, password, name, local_part, active, access_restriction, delete_pending, created, modified, Domain_id) VALUES
 (1, 'anna@alpha.example', '$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'anna', 'anna', 1, 'ALL', 0, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 (2, 'bert@alpha.example', '$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'bert', 'bert', 1, 'IMAP,SMTP', NULL, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 (3, 'cleo@beta.example', '$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'cleo', 'cleo', 1, 'ALL', 0, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 2),
 (4, 'disa@alpha.example', '$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'disa', 'disa', 0, 'ALL', 0, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1),
 (5, 'dora@closed.example', '$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'dora', 'dora', 1, 'ALL', 0, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 3),
 (6, 'ivo@xn--mnchen-3ya.example', '$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'ivo', 'ivo', 1, 'ALL', 0, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 4),
 (7, 'dele@alpha.example', '$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'dele', 'dele', 1, 'ALL', 1, '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1);
