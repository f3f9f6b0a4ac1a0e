INSERT INTO virtual_domains (id, name) VALUES (1, 'alpha.example'), (2, 'beta.example'), (3, 'xn--mnchen-3ya.example');
INSERT INTO virtual_users (id, domain_id, email, password) VALUES
 (1, 1, 'anna@alpha.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi'),
 (2, 1, 'bert@alpha.example', '$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0'),
 (3, 2, 'cleo@beta.example', '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0'),
 (4, 3, 'ivo@xn--mnchen-3ya.example', '{BLF-CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi');
INSERT INTO virtual_aliases (id, domain_id, source, destination) VALUES (1, 1, 'info@alpha.example', 'anna@alpha.example');
