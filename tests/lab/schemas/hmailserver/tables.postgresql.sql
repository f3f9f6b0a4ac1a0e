CREATE TABLE hm_domains (domainid BIGSERIAL PRIMARY KEY, domainname VARCHAR(80) NOT NULL UNIQUE, domainactive SMALLINT NOT NULL, domainpostmaster VARCHAR(80) NOT NULL DEFAULT '');

CREATE TABLE hm_accounts (
  accountid BIGSERIAL PRIMARY KEY, accountdomainid INT NOT NULL, accountadminlevel SMALLINT NOT NULL, accountaddress VARCHAR(255) NOT NULL UNIQUE, accountpassword VARCHAR(255) NOT NULL,
  accountactive SMALLINT NOT NULL, accountisad SMALLINT NOT NULL, accountaddomain VARCHAR(255) NOT NULL, accountadusername VARCHAR(255) NOT NULL, accountmaxsize INT NOT NULL,
  accountpwencryption SMALLINT NOT NULL, accountpersonfirstname VARCHAR(60) NOT NULL, accountpersonlastname VARCHAR(60) NOT NULL
);
