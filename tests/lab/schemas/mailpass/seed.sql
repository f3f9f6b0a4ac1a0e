INSERT INTO mailbox (address, address_key, domain, password_hash, display_name, active, password_changed) VALUES
 ('anna@alpha.example', 'anna@alpha.example', 'alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Anna Ålund', TRUE, 1767323045),
 ('bert@alpha.example', 'bert@alpha.example', 'alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Bert', TRUE, 1767323045),
 ('cleo@beta.example', 'cleo@beta.example', 'beta.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Cleo', TRUE, NULL),
 ('disa@alpha.example', 'disa@alpha.example', 'alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Disa', FALSE, 1767323045);
