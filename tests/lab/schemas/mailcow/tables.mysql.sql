CREATE TABLE `domain` (
  `domain` VARCHAR(255) NOT NULL, `description` VARCHAR(255), `aliases` INT(10) NOT NULL DEFAULT '0', `mailboxes` INT(10) NOT NULL DEFAULT '0',
  `defquota` BIGINT(20) NOT NULL DEFAULT '3072', `maxquota` BIGINT(20) NOT NULL DEFAULT '102400', `quota` BIGINT(20) NOT NULL DEFAULT '102400',
  `relayhost` VARCHAR(255) NOT NULL DEFAULT '0', `backupmx` TINYINT(1) NOT NULL DEFAULT '0', `gal` TINYINT(1) NOT NULL DEFAULT '1',
  `relay_all_recipients` TINYINT(1) NOT NULL DEFAULT '0', `relay_unknown_only` TINYINT(1) NOT NULL DEFAULT '0',
  `created` DATETIME(0) NOT NULL DEFAULT NOW(0), `modified` DATETIME ON UPDATE CURRENT_TIMESTAMP, `active` TINYINT(1) NOT NULL DEFAULT '1',
  PRIMARY KEY (`domain`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;

CREATE TABLE `mailbox` (
  `username` VARCHAR(255) NOT NULL, `password` VARCHAR(255) NOT NULL, `name` VARCHAR(255), `description` VARCHAR(255),
  `mailbox_path_prefix` VARCHAR(150) DEFAULT '/var/vmail/', `quota` BIGINT(20) NOT NULL DEFAULT '102400',
  `local_part` VARCHAR(255) NOT NULL, `domain` VARCHAR(255) NOT NULL, `attributes` JSON, `custom_attributes` JSON NOT NULL DEFAULT ('{}'),
  `kind` VARCHAR(100) NOT NULL DEFAULT '', `multiple_bookings` INT NOT NULL DEFAULT -1,
  `authsource` ENUM('mailcow', 'keycloak', 'generic-oidc', 'ldap') DEFAULT 'mailcow',
  `created` DATETIME(0) NOT NULL DEFAULT NOW(0), `modified` DATETIME ON UPDATE CURRENT_TIMESTAMP, `active` TINYINT(1) NOT NULL DEFAULT '1',
  PRIMARY KEY (`username`), KEY `domain` (`domain`), KEY `kind` (`kind`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;

CREATE TABLE `app_passwd` (
  `id` INT NOT NULL AUTO_INCREMENT, `name` VARCHAR(255) NOT NULL, `mailbox` VARCHAR(255) NOT NULL, `domain` VARCHAR(255) NOT NULL,
  `password` VARCHAR(255) NOT NULL, `created` DATETIME(0) NOT NULL DEFAULT NOW(0), `modified` DATETIME ON UPDATE CURRENT_TIMESTAMP,
  `imap_access` TINYINT(1) NOT NULL DEFAULT '1', `smtp_access` TINYINT(1) NOT NULL DEFAULT '1', `dav_access` TINYINT(1) NOT NULL DEFAULT '1',
  `eas_access` TINYINT(1) NOT NULL DEFAULT '1', `pop3_access` TINYINT(1) NOT NULL DEFAULT '1', `sieve_access` TINYINT(1) NOT NULL DEFAULT '1',
  `active` TINYINT(1) NOT NULL DEFAULT '1',
  PRIMARY KEY (`id`), KEY `mailbox` (`mailbox`), KEY `password` (`password`), KEY `domain` (`domain`),
  CONSTRAINT `fk_username_app_passwd` FOREIGN KEY (`mailbox`) REFERENCES `mailbox` (`username`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;

CREATE TABLE `reset_password` (
  `username` VARCHAR(255) NOT NULL, `token` VARCHAR(255) NOT NULL, `created` DATETIME(0) NOT NULL DEFAULT NOW(0), PRIMARY KEY (`token`, `created`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;

CREATE TABLE `oauth_access_tokens` (
  `access_token` VARCHAR(40) NOT NULL, `client_id` VARCHAR(80) NOT NULL, `user_id` VARCHAR(80), `expires` TIMESTAMP NOT NULL, `scope` VARCHAR(4000),
  PRIMARY KEY (`access_token`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;

CREATE TABLE `oauth_refresh_tokens` (
  `refresh_token` VARCHAR(40) NOT NULL, `client_id` VARCHAR(80) NOT NULL, `user_id` VARCHAR(80), `expires` TIMESTAMP NOT NULL, `scope` VARCHAR(4000),
  PRIMARY KEY (`refresh_token`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;

CREATE TABLE `sogo_sessions_folder` (
  `c_id` VARCHAR(255) NOT NULL, `c_value` VARCHAR(4096) NOT NULL, `c_creationdate` INT(11) NOT NULL, `c_lastseen` INT(11) NOT NULL, PRIMARY KEY (`c_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
