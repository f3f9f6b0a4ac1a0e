INSERT INTO accounts (name, secret, description, type, active) VALUES
 ('anna', '{CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', 'Anna', 'individual', '1'),
 ('bert', '{CRYPT}$2y$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'Bert', 'individual', '1'),
 ('cleo', '{CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', 'Cleo', 'individual', '1'),
 ('disa', '{CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', 'Disa', 'individual', '0'),
 ('ivo', '{CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', 'Ivo', 'individual', '1'),
 ('sales', NULL, 'Sales', 'group', '1');
INSERT INTO emails (name, address, type) VALUES
 ('anna', 'anna@alpha.example', 'primary'),
 ('bert', 'bert@alpha.example', 'primary'),
 ('cleo', 'cleo@beta.example', 'primary'),
 ('disa', 'disa@alpha.example', 'primary'),
 ('ivo', 'ivo@xn--mnchen-3ya.example', 'primary'),
 ('anna', 'info@alpha.example', 'alias'),
 ('sales', 'sales@alpha.example', 'primary');
INSERT INTO group_members (name, member_of) VALUES ('anna', 'sales');
