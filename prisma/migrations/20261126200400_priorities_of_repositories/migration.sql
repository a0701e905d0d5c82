-- Each priority gets a neighbour on both sides, for repositories that go first or last.
alter table work_item drop constraint work_item_priority_check;
update work_item set priority = priority * 3 + 1 where state = 'pending';
update batch set priority = priority * 3 + 1;
alter table work_item add constraint work_item_priority_check check (priority between 0 and 14) not valid;
