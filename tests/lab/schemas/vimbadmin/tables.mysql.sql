CREATE TABLE `admin` (`id` bigint(20) NOT NULL AUTO_INCREMENT, `username` varchar(255) NOT NULL, `password` varchar(255) NOT NULL, PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE `domain` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT, `domain` varchar(255) NOT NULL, `description` varchar(255) DEFAULT NULL, `max_aliases` int(11) NOT NULL DEFAULT '0',
  `alias_count` bigint(20) NOT NULL DEFAULT '0', `max_mailboxes` int(11) NOT NULL DEFAULT '0', `mailbox_count` bigint(20) NOT NULL DEFAULT '0',
  `max_quota` bigint(20) NOT NULL DEFAULT '0', `quota` bigint(20) NOT NULL DEFAULT '0', `transport` varchar(255) NOT NULL DEFAULT 'virtual',
  `backupmx` tinyint(1) NOT NULL DEFAULT '0', `active` tinyint(1) NOT NULL DEFAULT '1', `homedir` varchar(255) DEFAULT NULL, `maildir` varchar(255) DEFAULT NULL,
  `uid` int(11) DEFAULT NULL, `gid` int(11) DEFAULT NULL, `created` datetime NOT NULL, `modified` datetime DEFAULT NULL,
  PRIMARY KEY (`id`), UNIQUE KEY `IX_Domain_1` (`domain`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE `mailbox` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT, `username` varchar(255) NOT NULL, `password` varchar(255) NOT NULL, `name` varchar(255) DEFAULT NULL,
  `alt_email` varchar(255) DEFAULT NULL, `quota` bigint(20) NOT NULL DEFAULT '0', `local_part` varchar(255) NOT NULL, `active` tinyint(1) NOT NULL DEFAULT '0',
  `access_restriction` varchar(100) NOT NULL DEFAULT 'ALL', `homedir` varchar(255) DEFAULT NULL, `maildir` varchar(255) DEFAULT NULL,
  `uid` bigint(20) DEFAULT NULL, `gid` bigint(20) DEFAULT NULL, `homedir_size` bigint(20) DEFAULT NULL, `maildir_size` bigint(20) DEFAULT NULL,
  `size_at` datetime DEFAULT NULL, `delete_pending` tinyint(1) DEFAULT '0', `created` datetime NOT NULL, `modified` datetime DEFAULT NULL, `Domain_id` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`), UNIQUE KEY `IX_Username_1` (`username`), KEY `IDX_Mailbox_Domain` (`Domain_id`),
  CONSTRAINT `FK_Mailbox_Domain` FOREIGN KEY (`Domain_id`) REFERENCES `domain` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE `log` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT, `action` varchar(100) NOT NULL, `data` longtext, `timestamp` datetime NOT NULL, `Admin_id` bigint(20) DEFAULT NULL, `Domain_id` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`), KEY `IDX_Log_Admin` (`Admin_id`), KEY `IDX_Log_Domain` (`Domain_id`),
  CONSTRAINT `FK_Log_Domain` FOREIGN KEY (`Domain_id`) REFERENCES `domain` (`id`), CONSTRAINT `FK_Log_Admin` FOREIGN KEY (`Admin_id`) REFERENCES `admin` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;
