CREATE TABLE core_user (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, password VARCHAR(256) NOT NULL, last_login DATETIME(6) NULL, is_superuser TINYINT(1) NOT NULL,
  first_name VARCHAR(150) NOT NULL, last_name VARCHAR(150) NOT NULL, is_staff TINYINT(1) NOT NULL, is_active TINYINT(1) NOT NULL,
  date_joined DATETIME(6) NOT NULL, username VARCHAR(254) NOT NULL UNIQUE, email VARCHAR(254) NOT NULL, is_local TINYINT(1) NOT NULL,
  master_user TINYINT(1) NOT NULL, language VARCHAR(10) NOT NULL, phone_number VARCHAR(128) NULL, secondary_email VARCHAR(254) NULL,
  totp_enabled TINYINT(1) NOT NULL, webauthn_enabled TINYINT(1) NOT NULL, _parameters JSON NOT NULL,
  KEY core_user_email (email), KEY core_user_email_is_active (email, is_active)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE admin_domain (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, creation DATETIME(6) NULL, last_modification DATETIME(6) NULL, name VARCHAR(253) NOT NULL UNIQUE,
  quota INT UNSIGNED NOT NULL, default_mailbox_quota INT UNSIGNED NOT NULL, message_limit INT UNSIGNED NULL, enabled TINYINT(1) NOT NULL,
  type VARCHAR(20) NOT NULL, enable_dns_checks TINYINT(1) NOT NULL, enable_dkim TINYINT(1) NOT NULL, dkim_key_selector VARCHAR(30) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE admin_mailbox (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, creation DATETIME(6) NULL, last_modification DATETIME(6) NULL, address VARCHAR(252) NOT NULL,
  quota INT UNSIGNED NOT NULL, use_domain_quota TINYINT(1) NOT NULL, message_limit INT UNSIGNED NULL, is_send_only TINYINT(1) NOT NULL,
  domain_id INT NOT NULL, user_id INT NOT NULL UNIQUE,
  CONSTRAINT admin_mailbox_domain FOREIGN KEY (domain_id) REFERENCES admin_domain (id),
  CONSTRAINT admin_mailbox_user FOREIGN KEY (user_id) REFERENCES core_user (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE django_session (session_key VARCHAR(40) NOT NULL PRIMARY KEY, session_data LONGTEXT NOT NULL, expire_date DATETIME(6) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
