CREATE TABLE `mail_domain` (
  `domain_id` int(11) unsigned NOT NULL auto_increment, `sys_userid` int(11) unsigned NOT NULL default '0', `sys_groupid` int(11) unsigned NOT NULL default '0',
  `sys_perm_user` varchar(5) NOT NULL default '', `sys_perm_group` varchar(5) NOT NULL default '', `sys_perm_other` varchar(5) NOT NULL default '',
  `server_id` int(11) unsigned NOT NULL default '0', `domain` varchar(255) NOT NULL default '', `dkim` enum('n','y') NOT NULL default 'n',
  `active` enum('n','y') NOT NULL DEFAULT 'n',
  PRIMARY KEY (`domain_id`), KEY `server_id` (`server_id`,`domain`), KEY `domain_active` (`domain`,`active`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;

CREATE TABLE `mail_user` (
  `mailuser_id` int(11) unsigned NOT NULL auto_increment, `sys_userid` int(11) unsigned NOT NULL default '0', `sys_groupid` int(11) unsigned NOT NULL default '0',
  `sys_perm_user` varchar(5) NOT NULL default '', `sys_perm_group` varchar(5) NOT NULL default '', `sys_perm_other` varchar(5) NOT NULL default '',
  `server_id` int(11) unsigned NOT NULL default '0', `email` varchar(255) NOT NULL default '', `login` varchar(255) NOT NULL default '',
  `password` varchar(255) NOT NULL default '', `name` varchar(255) NOT NULL default '', `uid` int(11) NOT NULL default '5000', `gid` int(11) NOT NULL default '5000',
  `maildir` varchar(255) NOT NULL default '', `maildir_format` varchar(255) NOT NULL default 'maildir', `quota` bigint(20) NOT NULL default '-1',
  `cc` text, `homedir` varchar(255) NOT NULL default '', `autoresponder` enum('n','y') NOT NULL default 'n',
  `autoresponder_start_date` datetime NULL default NULL, `autoresponder_text` mediumtext NULL, `move_junk` enum('y','a','n') NOT NULL default 'y',
  `custom_mailfilter` mediumtext, `postfix` enum('n','y') NOT NULL default 'y', `greylisting` enum('n','y') NOT NULL DEFAULT 'n', `access` enum('n','y') NOT NULL default 'y',
  `disableimap` enum('n','y') NOT NULL default 'n', `disablepop3` enum('n','y') NOT NULL default 'n', `disabledeliver` enum('n','y') NOT NULL default 'n',
  `disablesmtp` enum('n','y') NOT NULL default 'n', `disablesieve` enum('n','y') NOT NULL default 'n', `disablesieve-filter` enum('n','y') NOT NULL default 'n',
  `disablelda` enum('n','y') NOT NULL default 'n', `disablelmtp` enum('n','y') NOT NULL default 'n', `disabledoveadm` enum('n','y') NOT NULL default 'n',
  `last_quota_notification` date NULL default NULL, `backup_interval` varchar(255) NOT NULL default 'none', `backup_copies` int NOT NULL DEFAULT '1',
  PRIMARY KEY (`mailuser_id`), KEY `server_id` (`server_id`,`email`), KEY `email_access` (`email`,`access`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;

CREATE TABLE `sys_datalog` (
  `datalog_id` int(11) unsigned NOT NULL auto_increment, `server_id` int(11) unsigned NOT NULL default '0', `dbtable` varchar(255) NOT NULL default '',
  `dbidx` varchar(255) NOT NULL default '', `action` char(1) NOT NULL default '', `tstamp` int(11) NOT NULL default '0', `user` varchar(255) NOT NULL default '',
  `data` longtext NULL, `status` set('pending','ok','warning','error') NOT NULL default 'ok', `error` mediumtext, `session_id` varchar(64) NOT NULL default '',
  PRIMARY KEY (`datalog_id`), KEY `server_id` (`server_id`,`status`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
