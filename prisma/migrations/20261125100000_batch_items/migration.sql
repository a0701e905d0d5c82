-- A batch names its items, and nothing else does: to hand an item out or take it back writes no row of it.
-- Half of each page was free for those writes; new pages need a fifth, for the one that settles an item.

alter table work_item drop column batch_id;
alter table work_item set (fillfactor = 80);
