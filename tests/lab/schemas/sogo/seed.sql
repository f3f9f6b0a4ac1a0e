INSERT INTO sogo_users (c_uid, c_name, c_password, c_cn, mail) VALUES
 ('anna', 'anna', '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', 'Anna', 'anna@alpha.example'),
 ('bert', 'bert', '{SSHA512}35aUaxx8gl6dBWW95ru8KN66NRAOQp6663KV/yEefSwCW029h5HWoSg4lfT+EWhxUpPfywSYsf5982QcSzDo/nNhbHRzYWx0', 'Bert', 'bert@alpha.example'),
 ('cleo', 'cleo', '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', 'Cleo', 'cleo@beta.example'),
 ('ivo', 'ivo', '{SHA512-CRYPT}$6$kfmDtnAOK7Iund5T$1IT2v9LRojNqeucBnUuBqCMvzE6WFXdMDI8QHY14cQjaqC3PH3BpOdyyjXZ2RUqly0RDNy90L0bsKa4Xv0WXf0', 'Ivo', 'ivo@xn--mnchen-3ya.example');
