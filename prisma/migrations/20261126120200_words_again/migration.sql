-- What counts as a word has changed: versions, accents, Korean, oids, emoji, `C++`. Words are made again.
update passage set words = null where words is not null;
