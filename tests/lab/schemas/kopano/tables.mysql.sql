CREATE TABLE object (
  `id` INT(11) UNSIGNED NOT NULL AUTO_INCREMENT, `externid` BLOB, `objectclass` INT(11) UNSIGNED NOT NULL DEFAULT '0',
  PRIMARY KEY (`id`, `objectclass`), UNIQUE KEY id (`id`), UNIQUE KEY externid (`externid`(255), `objectclass`)
) ENGINE=InnoDB CHARACTER SET utf8;

CREATE TABLE objectproperty (
  `objectid` INT(11) UNSIGNED NOT NULL DEFAULT '0', `propname` VARCHAR(185) BINARY NOT NULL, `value` TEXT,
  PRIMARY KEY (`objectid`, `propname`)
) ENGINE=InnoDB CHARACTER SET utf8;

CREATE TABLE objectrelation (
  `objectid` INT(11) UNSIGNED NOT NULL DEFAULT '0', `parentobjectid` INT(11) UNSIGNED NOT NULL DEFAULT '0', `relationtype` TINYINT(11) UNSIGNED NOT NULL,
  PRIMARY KEY (`objectid`, `parentobjectid`, `relationtype`)
) ENGINE=InnoDB CHARACTER SET utf8;
