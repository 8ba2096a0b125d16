-- Writing: everything is worked out first, then every key is touched, then all is written.

-- Adds `step` (1 or -1) times a row to the counters and to what must change in the indexes.
local function account(figures, holders, index, entity, row, step)
  for position = 2, #row do
    local attribute = row[position]
    local name = attribute[1]
    holders[name] = (holders[name] or 0) + step
    index[name] = index[name] or {}
    for place = 2, #attribute do
      local member = index_member(attribute[place], entity)
      index[name][member] = (index[name][member] or 0) + step
      figures.values = figures.values + step
      figures.value_bytes = figures.value_bytes + step * #attribute[place]
    end
  end
end

-- How many items will have each of some names, a step for each, put into `held` as HSET has it, and into the figures; then
-- the names that are new, and those that go.
local function count_holders(P, figures, names, steps, held)
  local new, gone = {}, {}
  for first = 1, #names, 1000 do
    local last = math.min(first + 999, #names)
    local before = call('HMGET', P .. 'a', unpack(names, first, last))
    for place = first, last do
      local name, had = names[place], tonumber(before[place - first + 1] or 0)
      held[2 * place - 1], held[2 * place] = name, had + steps[place]
      if had == 0 then
        new[#new + 1] = name
        figures.names, figures.name_bytes = figures.names + 1, figures.name_bytes + #name
      elseif held[2 * place] == 0 then
        gone[#gone + 1] = name
        figures.names, figures.name_bytes = figures.names - 1, figures.name_bytes - #name
      end
    end
  end
  return new, gone
end

-- Names and steps of those whose number of holders changes.
local function stepped(holders)
  local names, steps = {}, {}
  for name, step in pairs(holders) do
    if step ~= 0 then
      names[#names + 1] = name
      steps[#names] = step
    end
  end
  return names, steps
end

-- An index that has moved away raises here, before anything is written.
local function touch(P, index)
  local asked = {}
  for name in pairs(index) do
    asked[#asked + 1] = P .. 'x' .. name
    if #asked == 500 then
      call('EXISTS', unpack(asked))
      asked = {}
    end
  end
  if #asked > 0 then
    call('EXISTS', unpack(asked))
  end
end

-- Writes the figures that are others than `before`, or all.
local function write_figures(P, figures, before)
  local flat = {}
  for _, name in ipairs(COUNTERS) do
    if not before or figures[name] ~= before[name] then
      flat[#flat + 1] = name
      flat[#flat + 1] = whole_number(figures[name])
    end
  end
  call('HSET', P .. 'm', unpack(flat))
end

local function write_index(P, index)
  for name, members in pairs(index) do
    for member, step in pairs(members) do
      if step > 0 then
        call('ZADD', P .. 'x' .. name, 0, member)
      elseif step < 0 then
        call('ZREM', P .. 'x' .. name, member)
      end
    end
  end
end

-- Of names that nobody has any more `gone` tells.
local function write_holders(P, held, gone)
  for first = 1, #held, 2000 do
    call('HSET', P .. 'a', unpack(held, first, math.min(first + 1999, #held)))
  end
  for first = 1, #gone, 1000 do
    call('HDEL', P .. 'a', unpack(gone, first, math.min(first + 999, #gone)))
  end
end

local function write_row(P, change)
  if not change.before and not change.after then
    return
  end
  local entity = whole_number(change.entity)
  if change.after then
    call('HSET', P .. 'i', entity, change.row or cjson.encode(change.after))
    if not change.before then
      call('ZADD', P .. 'o', entity, change.name)
      call('ZADD', P .. 'n', 0, change.name)
    end
  elseif change.before then
    call('HDEL', P .. 'i', entity)
    call('ZREM', P .. 'o', change.name)
    call('ZREM', P .. 'n', change.name)
  end
end

-- Remembers what a write replaced, and forgets what no search can ask for any more.
local function write_undo(P, figures, changes, now, seconds)
  local parts = {}
  for _, change in ipairs(changes) do
    if change.before or change.after then
      parts[#parts + 1] = whole_number(change.entity)
      parts[#parts + 1] = change.name
      parts[#parts + 1] = change.raw or ''
    end
  end
  call('RPUSH', P .. 'u', string.format('%010d', now) .. cmsgpack.pack(parts))
  if figures.revision % 16 ~= 0 then
    return
  end
  for _ = 1, 40 do
    local oldest = call('LINDEX', P .. 'u', 0)
    if tonumber(string.sub(oldest, 1, 10)) >= now - seconds then
      break
    end
    call('LPOP', P .. 'u')
    figures.undone = figures.undone + 1
  end
end

local function write_token(P, figures, token, now, seconds)
  call('ZADD', P .. 'r', now + seconds, token)
  if figures.revision % 16 == 0 then
    local old = call('ZRANGEBYSCORE', P .. 'r', '-inf', '(' .. now, 'LIMIT', 0, 40)
    if #old > 0 then
      call('ZREM', P .. 'r', unpack(old))
    end
  end
end

local function pair_count(row)
  local number = 0
  for position = 2, row and #row or 0 do
    number = number + #row[position] - 1
  end
  return number
end

-- What a write makes of the items; or what refuses it, also that it is more than one call should do.
local function changed(P, write)
  local changes, pairs_touched = {}, 0
  for position, change in ipairs(write.changes) do
    local entity = call('ZSCORE', P .. 'o', change.name)
    local raw = entity and call('HGET', P .. 'i', entity) or nil
    local before = raw and cjson.decode(raw) or nil
    pairs_touched = pairs_touched + pair_count(before)
    if pairs_touched > write.most_pairs then
      return nil, {'large'}
    end
    if position == 1 and write.expected then
      local refused = refusal(write.expected, before)
      if refused then
        return nil, refused
      end
    end
    local item = opened(before)
    if change.kind == 'put' then
      put(item, change)
    else
      delete(item, change)
    end
    local after, number = closed(change.name, item)
    pairs_touched = pairs_touched + number
    changes[position] = {name = change.name, entity = entity and tonumber(entity), raw = raw, before = before,
      after = after, number = change.number, over = change.kind == 'put' and number > write.item_attributes}
  end
  for _, change in ipairs(changes) do
    if change.over then
      return nil, {'refused', 'item attributes'}
    end
  end
  if pairs_touched > write.most_pairs then
    return nil, {'large'}
  end
  return changes
end

local function size_of(figures)
  return figures.item_bytes + figures.name_bytes + figures.value_bytes
end

local function beyond_a_limit(write, before, after)
  if after.values > write.domain_attributes and after.values > before.values then
    return {'refused', 'domain attributes'}
  end
  if size_of(after) > write.domain_bytes and size_of(after) > size_of(before) then
    return {'refused', 'domain bytes'}
  end
  return nil
end

local SETTLED = 1  -- in place of when to forget a token

local function is_remembered(P, token)
  if tonumber(call('ZSCORE', P .. 'r', token) or SETTLED) > SETTLED then
    call('ZINCRBY', P .. 'r', 1, token)  -- a write of this connection too, for its WAIT
    return true
  end
  return false
end

-- A token that begins with ? tells only what is written, not by which call.
local function is_fingerprint(token)
  return string.sub(token, 1, 1) == '?'
end

-- Whether a write was done before.
local function is_done(P, token)
  return not is_fingerprint(token) and is_remembered(P, token)
end

-- Whether what a condition refuses was done before, and nobody was told: then that is why it is refused.
local function is_refused_for_itself(P, token, refused)
  return is_fingerprint(token) and refused[1] == 'refused' and refused[2] ~= 'item attributes' and is_remembered(P, token)
end

-- A large write that was staged for an item is to begin again: what it found has changed.
local function unstage(P, changes)
  for _, change in ipairs(changes) do
    local field = change.before and whole_number(change.entity) .. ':0'
    local noted = field and call('HGET', P .. 'g', field)
    if noted then
      call('HSET', P .. 'g', field, string.sub(noted, 1, 10) .. NOBODY)
    end
  end
end

-- What every write ends with, unless the domain's limits refuse it; `index` is nil where that was staged.
local function finish(P, args, write, before, figures, changes, names, steps, index)
  local held = {}
  local new_names, gone_names = count_holders(P, figures, names, steps, held)
  local refused = beyond_a_limit(write, before, figures)
  if write.rehearsed then
    local new = {}
    for _, change in ipairs(changes) do
      if change.after and not change.before then
        new[#new + 1] = change.name
      end
    end
    return {'done', figures.values - before.values, figures.item_bytes - before.item_bytes
      + figures.value_bytes - before.value_bytes, new, new_names, gone_names}
  elseif refused and not write.shared then  -- a domain of several partitions was looked at as a whole
    return refused
  end
  figures.revision = figures.revision + 1
  figures.writes = figures.writes + write.counted
  if index then
    touch(P, index)
    if figures.staged > 0 then
      unstage(P, changes)
    end
    write_index(P, index)
  end
  for _, change in ipairs(changes) do
    write_row(P, change)
  end
  write_holders(P, held, gone_names)
  local now = tonumber(call('TIME')[1])
  write_undo(P, figures, changes, now, tonumber(args[3]))
  write_figures(P, figures, before)
  write_token(P, figures, args[1], now, tonumber(args[2]))
  return {'done'}
end

local function copied(figures)
  local copy = {}
  for name, number in pairs(figures) do
    copy[name] = number
  end
  return copy
end

-- ARGV: token, seconds to remember it, seconds a search may look back, the write as JSON.
-- The write: changes (sorted by name), expected, the limits, `most_pairs` to touch in this call; `counted` is 1 if it
-- counts as a write of the domain, and in a domain of several partitions `shared` says that new items need a `number`,
-- `rehearsed` that nothing is to be done.
local function apply(keys, args)
  local P, write = prefix_of(keys[1]), cjson.decode(args[4])
  local figures = whole(P)
  if not figures then
    return {'gone'}
  end
  if is_done(P, args[1]) then
    return {'done'}
  end
  local changes, refused = changed(P, write)
  if not changes then
    return is_refused_for_itself(P, args[1], refused) and {'done'} or refused
  end
  local before, holders, index = copied(figures), {}, {}
  for _, change in ipairs(changes) do
    if change.after and not change.before then
      if write.shared and not change.number and not write.rehearsed then
        return {'unnumbered'}
      end
      change.entity = change.number or figures.entity + 1
      figures.entity = math.max(figures.entity, change.entity)
      figures.items, figures.item_bytes = figures.items + 1, figures.item_bytes + #change.name
    elseif change.before and not change.after then
      figures.items, figures.item_bytes = figures.items - 1, figures.item_bytes - #change.name
    end
    if change.before then
      account(figures, holders, index, change.entity, change.before, -1)
    end
    if change.after then
      account(figures, holders, index, change.entity, change.after, 1)
    end
  end
  local names, steps = stepped(holders)
  return finish(P, args, write, before, figures, changes, names, steps, index)
end

-- ARGV: token.  Answers for a write that was done as it was answered then, for its WAIT.
local function confirm(keys, args)
  local P = prefix_of(keys[1])
  if not whole(P) then
    return {'gone'}
  end
  is_remembered(P, args[1])
  return {'done'}
end

-- ARGV: token.  Whoever wrote knows: a write like it is another one from now on.
local function settle(keys, args)
  local P = prefix_of(keys[1])
  if not whole(P) then
    return {'gone'}
  end
  call('ZADD', P .. 'r', 'XX', SETTLED, args[1])  -- kept for a while: `r` must not go
  return {'done'}
end
