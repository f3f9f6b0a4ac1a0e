CREATE TABLE `e_domains` (
  `domain` varchar(50) NOT NULL, `childOwner_id` int(11) DEFAULT NULL, `domainOwner_id` int(11) DEFAULT NULL, PRIMARY KEY (`domain`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;

CREATE TABLE `e_users` (
  `email` varchar(80) NOT NULL, `password` varchar(200) NOT NULL, `mail` varchar(200) NOT NULL DEFAULT '', `DiskUsage` varchar(200) NOT NULL DEFAULT '0',
  `emailOwner_id` varchar(50) NOT NULL,
  PRIMARY KEY (`email`), KEY `e_users_emailOwner` (`emailOwner_id`), CONSTRAINT `e_users_domain` FOREIGN KEY (`emailOwner_id`) REFERENCES `e_domains` (`domain`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;

CREATE TABLE `e_forwardings` (`id` int(11) NOT NULL AUTO_INCREMENT, `source` varchar(80) NOT NULL, `destination` longtext NOT NULL, PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8;
