CREATE TABLE core_user (
  id int(11) NOT NULL AUTO_INCREMENT, username varchar(190) NOT NULL, displayName varchar(190) NOT NULL, enabled tinyint(1) NOT NULL DEFAULT 1,
  email varchar(100) NOT NULL, recoveryEmail varchar(100) NOT NULL, recoveryHash varchar(40) DEFAULT NULL, recoverySendAt datetime DEFAULT NULL,
  lastLogin datetime DEFAULT NULL, createdAt datetime DEFAULT NULL, modifiedAt datetime DEFAULT NULL, loginCount int(11) NOT NULL DEFAULT 0,
  timezone varchar(50) NOT NULL DEFAULT 'Europe/Amsterdam', homeDir varchar(190) NOT NULL, passwordModifiedAt datetime NULL, forcePasswordChange boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id), UNIQUE KEY username (username), KEY email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE core_auth_password (
  userId int(11) NOT NULL, password varchar(190) DEFAULT NULL, PRIMARY KEY (userId),
  CONSTRAINT core_auth_password_ibfk_1 FOREIGN KEY (userId) REFERENCES core_user (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE core_client (
  id int unsigned NOT NULL AUTO_INCREMENT, deviceId varchar(80) NOT NULL, platform varchar(45) NOT NULL, name varchar(80) NOT NULL, version varchar(190) NOT NULL,
  ip varchar(45) NOT NULL, lastSeen datetime NOT NULL, createdAt datetime NOT NULL, status enum('new', 'allowed', 'denied') NOT NULL DEFAULT 'new', needResync tinyint(1) NULL DEFAULT 0,
  userId int(11) NOT NULL, PRIMARY KEY (id), CONSTRAINT core_client_core_user_id_fk FOREIGN KEY (userId) REFERENCES core_user (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE core_auth_token (
  loginToken varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, accessToken varchar(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
  CSRFToken varchar(100) CHARACTER SET ascii COLLATE ascii_bin NULL, userId int NOT NULL, createdAt datetime NOT NULL, expiresAt datetime NULL, passedAuthenticators varchar(190) NULL,
  clientId int unsigned NOT NULL, UNIQUE KEY core_auth_token_pk (accessToken),
  CONSTRAINT fk_core_auth_token_core_client1 FOREIGN KEY (clientId) REFERENCES core_client (id) ON DELETE CASCADE,
  CONSTRAINT fk_core_auth_token_core_user1 FOREIGN KEY (userId) REFERENCES core_user (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE core_auth_remember_me (
  id int(11) NOT NULL AUTO_INCREMENT, token varchar(190) CHARACTER SET ascii COLLATE ascii_bin NULL, series varchar(190) CHARACTER SET ascii COLLATE ascii_bin NULL,
  expiresAt datetime NULL, userId int(11) NOT NULL, clientId int unsigned NOT NULL, PRIMARY KEY (id), KEY core_auth_remember_me_series_index (series),
  CONSTRAINT core_auth_remember_me_core_user_id_fk FOREIGN KEY (userId) REFERENCES core_user (id) ON DELETE CASCADE,
  CONSTRAINT fk_core_auth_remember_me_core_client1 FOREIGN KEY (clientId) REFERENCES core_client (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE community_maildomains_domain (
  id int(11) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, userId int NOT NULL, domain varchar(190) NULL, description varchar(255) NULL,
  maxAliases int unsigned NOT NULL DEFAULT 0, maxMailboxes int unsigned NOT NULL DEFAULT 0, totalQuota bigint unsigned NOT NULL DEFAULT 0, defaultQuota bigint unsigned NOT NULL DEFAULT 0,
  transport varchar(255) NOT NULL DEFAULT 'virtual', backupMx tinyint(1) NOT NULL DEFAULT 0, createdBy int NOT NULL, createdAt datetime NOT NULL, modifiedBy int NOT NULL, modifiedAt datetime NULL,
  active tinyint(1) NOT NULL DEFAULT 1, aclId int NOT NULL, CONSTRAINT domain UNIQUE (domain),
  CONSTRAINT community_maildomains_domain_user_null_fk FOREIGN KEY (userId) REFERENCES core_user (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE community_maildomains_mailbox (
  id int(11) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, domainId int(11) unsigned NULL, username varchar(190) NOT NULL DEFAULT '', password varchar(255) NOT NULL DEFAULT '',
  domainOwner bool NOT NULL DEFAULT false, smtpAllowed tinyint(1) NOT NULL DEFAULT 0, fts tinyint(1) NOT NULL DEFAULT 0, description varchar(255) NULL, maildir varchar(255) NULL, homedir varchar(255) NULL,
  quota bigint unsigned NOT NULL DEFAULT 0, autoExpunge varchar(20) NOT NULL DEFAULT '30d', createdBy int NULL, createdAt datetime NULL, modifiedBy int NULL, modifiedAt datetime NULL,
  active tinyint(1) NOT NULL DEFAULT 1, bytes bigint NOT NULL DEFAULT 0, messages int NOT NULL DEFAULT 0, CONSTRAINT username UNIQUE (username),
  CONSTRAINT community_maildomains_mailbox_ibfk1 FOREIGN KEY (domainId) REFERENCES community_maildomains_domain (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
