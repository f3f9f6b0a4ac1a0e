CREATE TABLE hm_domains (domainid INT NOT NULL AUTO_INCREMENT PRIMARY KEY, domainname VARCHAR(80) NOT NULL UNIQUE, domainactive TINYINT NOT NULL, domainpostmaster VARCHAR(80) NOT NULL DEFAULT '') DEFAULT CHARSET=utf8;

CREATE TABLE hm_accounts (
  accountid INT NOT NULL AUTO_INCREMENT PRIMARY KEY, accountdomainid INT NOT NULL, accountadminlevel TINYINT NOT NULL, accountaddress VARCHAR(255) NOT NULL UNIQUE, accountpassword VARCHAR(255) NOT NULL,
  accountactive TINYINT NOT NULL, accountisad TINYINT NOT NULL, accountaddomain VARCHAR(255) NOT NULL, accountadusername VARCHAR(255) NOT NULL, accountmaxsize INT NOT NULL,
  accountpwencryption TINYINT NOT NULL, accountpersonfirstname VARCHAR(60) NOT NULL, accountpersonlastname VARCHAR(60) NOT NULL
) DEFAULT CHARSET=utf8;
