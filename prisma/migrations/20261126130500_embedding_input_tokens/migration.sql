-- The longest input, in tokens, that the provider reads to its end. Null until it is measured.
alter table embedding_space add column input_tokens integer;
