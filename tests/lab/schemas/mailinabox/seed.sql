INSERT INTO users (id, email, password, privileges) VALUES
 (1, 'anna@alpha.example', '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', 'admin'),
 (2, 'bert@alpha.example', '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', ''),
 (3, 'cleo@beta.example', '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', ''),
 (4, 'ivo@xn--mnchen-3ya.example', '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', '');
INSERT INTO aliases (id, source, destination) VALUES (1, 'info@alpha.example', 'anna@alpha.example');
INSERT INTO auto_aliases (id, source, destination) VALUES (1, 'postmaster@alpha.example', 'administrator@box.alpha.example');
