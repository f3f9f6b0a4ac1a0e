INSERT INTO object (id, externid, objectclass) VALUES
 (1, 'anna-externid', 65537),
 (2, 'bert-externid', 65537),
 (3, 'cleo-externid', 65537),
 (4, 'disa-externid', 65538),
 (5, 'exte-externid', 65537),
 (6, 'ivo-externid', 65537),
 (7, 'room-externid', 65539),
 (8, 'group-externid', 196610);
INSERT INTO objectproperty (objectid, propname, value) VALUES
 (1, 'emailaddress', 'anna@alpha.example'), (1, 'fullname', 'Anna'), (1, 'loginname', 'anna'), (1, 'modtime', '2025-03-01 12:00:00'), (1, 'password', '1a2b3c9a14d05193b24ff4b75b6a86458466922d'),
 (2, 'emailaddress', 'bert@alpha.example'), (2, 'fullname', 'Bert'), (2, 'loginname', 'bert'), (2, 'modtime', '2025-03-01 12:00:00'), (2, 'password', '1a2b3ce747f0242f0b3eea5bed553610c2eaaae1'),
 (3, 'emailaddress', 'cleo@beta.example'), (3, 'fullname', 'Cleo'), (3, 'loginname', 'cleo'), (3, 'modtime', '2025-03-01 12:00:00'), (3, 'password', '1a2b3d34debf76cf37526cdf59d59a50fba53b85'),
 (4, 'emailaddress', 'disa@alpha.example'), (4, 'fullname', 'Disa'), (4, 'loginname', 'disa'), (4, 'modtime', '2025-03-01 12:00:00'), (4, 'password', '1a2b3d8113b11433fa8c69a3e1a8380b77f83b0c'),
 (5, 'emailaddress', 'exte@alpha.example'), (5, 'fullname', 'Exte'), (5, 'loginname', 'exte'), (5, 'modtime', '2025-03-01 12:00:00'),
 (6, 'emailaddress', 'ivo@xn--mnchen-3ya.example'), (6, 'fullname', 'Ivo'), (6, 'loginname', 'ivo'), (6, 'modtime', '2025-03-01 12:00:00'), (6, 'password', '1a2b3e1b0b01853e21513563317be9612a3a2b73'),
 (7, 'emailaddress', 'room@alpha.example'), (7, 'fullname', 'Room'), (7, 'loginname', 'room'), (7, 'modtime', '2025-03-01 12:00:00'), (7, 'password', '1a2b3e68f4753df0ecfde913d712d1f9d00e5f9e'),
 (8, 'groupname', 'everybody'), (8, 'emailaddress', 'group@alpha.example'), (8, 'modtime', '2025-03-01 12:00:00');
