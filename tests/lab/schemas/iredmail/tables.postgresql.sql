CREATE TABLE domain (
  domain VARCHAR(255) NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '', disclaimer TEXT NOT NULL DEFAULT '',
  aliases INT8 NOT NULL DEFAULT 0, mailboxes INT8 NOT NULL DEFAULT 0, maillists INT8 NOT NULL DEFAULT 0,
  maxquota INT8 NOT NULL DEFAULT 0, quota INT8 NOT NULL DEFAULT 0,
  transport VARCHAR(255) NOT NULL DEFAULT 'dovecot', settings TEXT NOT NULL DEFAULT '', backupmx INT2 NOT NULL DEFAULT 0,
  created TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT now()::timestamp without time zone,
  modified TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT now()::timestamp without time zone,
  expired TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT '9999-12-31 01:01:01', active INT2 NOT NULL DEFAULT 1,
  PRIMARY KEY (domain)
);

CREATE TABLE mailbox (
  username VARCHAR(255) NOT NULL, password VARCHAR(255) NOT NULL DEFAULT '', name VARCHAR(255) NOT NULL DEFAULT '',
  language VARCHAR(5) NOT NULL DEFAULT '', first_name VARCHAR(255) NOT NULL DEFAULT '', last_name VARCHAR(255) NOT NULL DEFAULT '',
  recovery_email VARCHAR(255) NOT NULL DEFAULT '', birthday DATE NOT NULL DEFAULT '0001-01-01',
  mailboxformat VARCHAR(50) NOT NULL DEFAULT 'maildir', mailboxfolder VARCHAR(50) NOT NULL DEFAULT 'Maildir',
  storagebasedirectory VARCHAR(255) NOT NULL DEFAULT '', storagenode VARCHAR(255) NOT NULL DEFAULT '', maildir VARCHAR(255) NOT NULL DEFAULT '',
  quota INT8 NOT NULL DEFAULT 0, domain VARCHAR(255) NOT NULL DEFAULT '', transport VARCHAR(255) NOT NULL DEFAULT '',
  department VARCHAR(255) NOT NULL DEFAULT '', rank VARCHAR(255) NOT NULL DEFAULT 'normal', employeeid VARCHAR(255) NOT NULL DEFAULT '',
  isadmin INT2 NOT NULL DEFAULT 0, isglobaladmin INT2 NOT NULL DEFAULT 0,
  enablesmtp INT2 NOT NULL DEFAULT 1, enablesmtpsecured INT2 NOT NULL DEFAULT 1,
  enablepop3 INT2 NOT NULL DEFAULT 1, enablepop3secured INT2 NOT NULL DEFAULT 1, enablepop3tls INT2 NOT NULL DEFAULT 1,
  enableimap INT2 NOT NULL DEFAULT 1, enableimapsecured INT2 NOT NULL DEFAULT 1, enableimaptls INT2 NOT NULL DEFAULT 1,
  enabledeliver INT2 NOT NULL DEFAULT 1, enablelda INT2 NOT NULL DEFAULT 1,
  "enablelib-storage" INT2 NOT NULL DEFAULT 1, "enablequota-status" INT2 NOT NULL DEFAULT 1,
  enablesogo INT2 NOT NULL DEFAULT 1, enablesogowebmail VARCHAR(1) NOT NULL DEFAULT 'y',
  allow_nets TEXT DEFAULT NULL, disclaimer TEXT NOT NULL DEFAULT '', settings TEXT NOT NULL DEFAULT '',
  passwordlastchange TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT now()::timestamp without time zone,
  created TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT now()::timestamp without time zone,
  modified TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT now()::timestamp without time zone,
  expired TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT '9999-12-31 01:01:01', active INT2 NOT NULL DEFAULT 1,
  PRIMARY KEY (username)
);
CREATE INDEX idx_mailbox_domain ON mailbox (domain);
CREATE INDEX idx_mailbox_passwordlastchange ON mailbox (passwordlastchange);
CREATE INDEX idx_mailbox_active ON mailbox (active);
