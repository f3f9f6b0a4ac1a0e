CREATE TABLE `panel_domains` (
  `id` int(11) unsigned NOT NULL auto_increment, `domain` varchar(255) NOT NULL, `domain_ace` varchar(255) NOT NULL default '',
  `adminid` int(11) unsigned NOT NULL default '0', `customerid` int(11) unsigned NOT NULL default '0', `isemaildomain` tinyint(1) NOT NULL default '0',
  `email_only` tinyint(1) NOT NULL default '0', `deactivated` tinyint(1) NOT NULL default '0', `add_date` int(11) NOT NULL default '0',
  PRIMARY KEY (`id`), KEY `customerid` (`customerid`), KEY `domain` (`domain`)
) ENGINE=InnoDB CHARSET=utf8 COLLATE=utf8_general_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE `mail_users` (
  `id` int(11) NOT NULL auto_increment, `email` varchar(255) NOT NULL default '', `username` varchar(255) NOT NULL default '',
  `password` varchar(255) NOT NULL default '', `password_enc` varchar(255) NOT NULL default '', `uid` int(11) NOT NULL default '0', `gid` int(11) NOT NULL default '0',
  `homedir` varchar(255) NOT NULL default '', `maildir` varchar(255) NOT NULL default '', `postfix` enum('Y','N') NOT NULL default 'Y',
  `domainid` int(11) NOT NULL default '0', `customerid` int(11) NOT NULL default '0', `quota` bigint(13) NOT NULL default '0',
  `pop3` tinyint(1) NOT NULL default '1', `imap` tinyint(1) NOT NULL default '1', `mboxsize` bigint(30) NOT NULL default '0',
  PRIMARY KEY (`id`), UNIQUE KEY `email` (`email`)
) ENGINE=InnoDB CHARSET=utf8 COLLATE=utf8_general_ci;
