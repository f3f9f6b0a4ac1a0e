INSERT INTO hm_domains (domainid, domainname, domainactive) VALUES (1, 'alpha.example', 1), (2, 'beta.example', 1), (3, 'closed.example', 0), (4, 'xn--mnchen-3ya.example', 1);
INSERT INTO hm_accounts (accountid, accountdomainid, accountadminlevel, accountaddress, accountpassword, accountactive, accountisad, accountaddomain, accountadusername, accountmaxsize, accountpwencryption, accountpersonfirstname, accountpersonlastname) VALUES
 (1, 1, 0, 'anna@alpha.example', 'a1b2c361eda0f3aede935e01325276977df7a03d9219f47c018bbf0f495cc28eefa2a8', 1, 0, '', '', 0, 3, 'Anna', ''),
 (2, 1, 0, 'bert@alpha.example', '0d9e8f3bbc0a3a20c7e9d1c00c6f0deb4b5634fee4472599eca84051abb461bb5829bd', 1, 0, '', '', 0, 3, 'Bert', ''),
 (3, 2, 0, 'cleo@beta.example', 'a94fdb9bf9fc3d4aba1e8069d3a3045b', 1, 0, '', '', 0, 2, 'Cleo', ''),
 (4, 1, 0, 'disa@alpha.example', 'a1b2c361eda0f3aede935e01325276977df7a03d9219f47c018bbf0f495cc28eefa2a8', 0, 0, '', '', 0, 3, 'Disa', ''),
 (5, 3, 0, 'dora@closed.example', 'a1b2c361eda0f3aede935e01325276977df7a03d9219f47c018bbf0f495cc28eefa2a8', 1, 0, '', '', 0, 3, 'Dora', ''),
 (6, 1, 0, 'exte@alpha.example', '', 1, 1, 'EX', 'exte', 0, 0, 'Exte', ''),
 (7, 4, 0, 'ivo@xn--mnchen-3ya.example', '0d9e8f3bbc0a3a20c7e9d1c00c6f0deb4b5634fee4472599eca84051abb461bb5829bd', 1, 0, '', '', 0, 3, 'Ivo', '');
