INSERT INTO domain (name) VALUES ('alpha.example'), ('beta.example'), ('xn--mnchen-3ya.example');
INSERT INTO @user@ (email, localpart, domain_name, password, enabled, enable_imap, enable_pop, displayed_name, change_pw_next_login) VALUES
 ('anna@alpha.example', 'anna', 'alpha.example', '$bcrypt-sha256$v=2,t=2b,r=10$X5Kg6BxcXHlnztsbW1mnEu$HD3MoB/KXP.9sSg2EVxcvu1379VrHnu', '1', '1', '1', 'Anna', '1'),
 ('bert@alpha.example', 'bert', 'alpha.example', '$bcrypt-sha256$v=2,t=2b,r=10$X5Kg6BxcXHlnztsbW1mnEu$HD3MoB/KXP.9sSg2EVxcvu1379VrHnu', '1', '1', '1', 'Bert', '0'),
 ('cleo@beta.example', 'cleo', 'beta.example', '$bcrypt-sha256$v=2,t=2b,r=10$X5Kg6BxcXHlnztsbW1mnEu$HD3MoB/KXP.9sSg2EVxcvu1379VrHnu', '1', '1', '1', 'Cleo', '0'),
 ('disa@alpha.example', 'disa', 'alpha.example', '$bcrypt-sha256$v=2,t=2b,r=10$X5Kg6BxcXHlnztsbW1mnEu$HD3MoB/KXP.9sSg2EVxcvu1379VrHnu', '0', '1', '1', 'Disa', '0'),
 ('ivo@xn--mnchen-3ya.example', 'ivo', 'xn--mnchen-3ya.example', '$bcrypt-sha256$v=2,t=2b,r=10$X5Kg6BxcXHlnztsbW1mnEu$HD3MoB/KXP.9sSg2EVxcvu1379VrHnu', '1', '1', '1', 'Ivo', '0');
INSERT INTO token (id, user_email, password, comment) VALUES (1, 'anna@alpha.example', '$pbkdf2-sha256$1$c2FsdA$aGFzaA', 'phone'), (2, 'bert@alpha.example', '$pbkdf2-sha256$1$c2FsdA$aGFzaA', 'phone');
