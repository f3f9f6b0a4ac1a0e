INSERT INTO e_domains (domain, domainOwner_id) VALUES ('alpha.example', 1), ('beta.example', 2), ('xn--mnchen-3ya.example', 3);
INSERT INTO e_users (email, password, mail, emailOwner_id) VALUES
 ('anna@alpha.example', '{CRYPT}$2b$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'maildir:/home/vmail/alpha.example/anna/Maildir', 'alpha.example'),
 ('bert@alpha.example', '{CRYPT}$2b$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'maildir:/home/vmail/alpha.example/bert/Maildir', 'alpha.example'),
 ('cleo@beta.example', '{CRYPT}$2b$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'maildir:/home/vmail/beta.example/cleo/Maildir', 'beta.example'),
 ('ivo@xn--mnchen-3ya.example', '{CRYPT}$2b$10$rO8hghA7vPfxr5rBXQpwG.APwndZ5tdO6NTQo.UuFKKsGG.BlJ5Hi', 'maildir:/home/vmail/xn--mnchen-3ya.example/ivo/Maildir', 'xn--mnchen-3ya.example'),
 ('clea@alpha.example', 'Old-Passw0rd!', 'maildir:/home/vmail/alpha.example/clea/Maildir', 'alpha.example');
