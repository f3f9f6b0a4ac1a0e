CREATE TABLE pa_domains (
  id int(11) NOT NULL AUTO_INCREMENT, user_id int(11) NOT NULL, domain varchar(190) DEFAULT NULL, description varchar(255) DEFAULT NULL,
  max_aliases int(10) NOT NULL DEFAULT '0', max_mailboxes int(10) NOT NULL DEFAULT '0', total_quota bigint(20) NOT NULL DEFAULT '0', default_quota bigint(20) NOT NULL DEFAULT '0',
  transport varchar(255) NOT NULL DEFAULT 'virtual', backupmx tinyint(1) NOT NULL DEFAULT '0', ctime int(11) NOT NULL DEFAULT '0', mtime int(11) NOT NULL DEFAULT '0',
  active boolean NOT NULL DEFAULT '1', acl_id int(11) NOT NULL, PRIMARY KEY (id), UNIQUE KEY domain (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE pa_mailboxes (
  id int(11) NOT NULL AUTO_INCREMENT, domain_id int(11) NOT NULL, go_installation_id varchar(50) DEFAULT NULL, username varchar(190) NOT NULL DEFAULT '',
  password varchar(255) NOT NULL DEFAULT '', smtpAllowed bool NOT NULL DEFAULT false, fts boolean NOT NULL DEFAULT false, name varchar(255) NOT NULL DEFAULT '', maildir varchar(255) DEFAULT NULL,
  homedir varchar(255) DEFAULT NULL, quota bigint(20) NOT NULL DEFAULT '0', ctime int(11) NOT NULL, mtime int(11) NOT NULL, active boolean NOT NULL DEFAULT '1', `usage` int(11) NOT NULL DEFAULT '0',
  PRIMARY KEY (id), UNIQUE KEY username (username), KEY go_installation_id (go_installation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
