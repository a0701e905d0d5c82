-- time of the runs
with held as materialized (
       select c.run_id, c.told_at, c.spent_ms, coalesce(r.finished_at, clock_timestamp()) as moment
       from run_clock c join run r on r.id = c.run_id where (r.state in ('running', 'paused') or r.finished_at > clock_timestamp() - interval '1 hour' and not exists (
    select from run_clock told where told.run_id = r.id and told.told_at >= r.finished_at))
       order by c.run_id for update of c skip locked
     ), look as (
       select held.run_id, held.moment, spent.all_ms,
         case when passed.ms <= $1::float8 then passed.ms else 0 end as passed,
         array(select greatest(0, k.ms - held.spent_ms[k.part])
           from unnest(spent.all_ms) with ordinality k (ms, part) order by k.part) as busy,
         case when exists (select from work_item w where w.run_id = held.run_id and w.state = 'pending' and (w.reason is null or w.not_before <= held.moment))
    then 'queued' else coalesce((
      select case when w.reason in ('rate_limit', 'provider') then 'paused' else 'retrying' end
      from work_item w where w.run_id = held.run_id and w.state = 'pending' and w.reason is not null order by w.not_before limit 1), 'queued') end as kind
       from held cross join lateral (
         select greatest(0, extract(epoch from held.moment - held.told_at) * 1000)::float8 as ms
       ) passed cross join lateral (
         select array[
           coalesce(sum(s.github_ms + case when s.stage = 'extraction' then hand.ms else 0 end), 0),
           coalesce(sum(s.working_ms) filter (where s.stage = 'extraction'), 0),
           coalesce(sum(s.working_ms + hand.ms) filter (where s.stage = 'transform'), 0),
           coalesce(sum(s.working_ms + hand.ms) filter (where s.stage = 'embedding'), 0)] as all_ms
         from stage s cross join lateral (
           select coalesce(sum(extract(epoch from held.moment - b.claimed_at) * 1000), 0)::float8 as ms
           from batch b where b.run_id = s.run_id and b.position = s.position and b.state = 'running') hand
         where s.run_id = held.run_id) spent
     ), shared as (
       select look.run_id, look.moment, look.all_ms, look.kind, look.busy,
         case when sum.ms > look.passed then look.passed / sum.ms else 1 end as scale,
         greatest(0, look.passed - sum.ms) as idle
       from look cross join lateral (select sum(k.ms) as ms from unnest(look.busy) k (ms)) sum
     )
     update run_clock c
     set told_at = k.moment, spent_ms = k.all_ms,
       github_ms = c.github_ms + k.busy[1] * k.scale,storing_ms = c.storing_ms + k.busy[2] * k.scale,transform_ms = c.transform_ms + k.busy[3] * k.scale,embedding_ms = c.embedding_ms + k.busy[4] * k.scale,
       queued_ms = c.queued_ms + case when k.kind = 'queued' then k.idle else 0 end,paused_ms = c.paused_ms + case when k.kind = 'paused' then k.idle else 0 end,retrying_ms = c.retrying_ms + case when k.kind = 'retrying' then k.idle else 0 end
     from shared k where c.run_id = k.run_id;
