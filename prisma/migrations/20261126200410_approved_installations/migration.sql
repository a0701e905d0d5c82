-- What was copied before installations needed approval goes on.
update installation set settings = settings || '{"active": true}' where kind = 'app' and active;
