CREATE TABLE sogo_users (c_uid VARCHAR(60) NOT NULL PRIMARY KEY, c_name VARCHAR(60), c_password VARCHAR(255), c_cn VARCHAR(128), mail VARCHAR(128));

CREATE TABLE sogo_sessions_folder (c_id VARCHAR(255) NOT NULL PRIMARY KEY, c_value VARCHAR(4096) NOT NULL, c_creationdate INT NOT NULL, c_lastseen INT NOT NULL);
