-- Large writes, in calls that are each short: what a write adds to indexes is put there first (`stage`), then the rows
-- change at once (`commit`), then what no row has any more is taken out (`sweep`).
--
-- `g` notes what was touched, so that also the traces of a write that nobody ends are found: `<entity>:<part>` is the time
-- in 10 digits and who stages, `<entity>:<part>t` is JSON [[attribute, value, ...], ...].  Every part is noted by the call
-- that adds it: where a note is, what it adds is too, also on a replica that becomes the primary.

-- Takes what a note tells out of the indexes, but what the row has.
local function unindex(P, field)
  local entity = string.match(field, '^%d+')
  local raw = call('HGET', P .. 'i', entity)
  local kept = opened(raw and cjson.decode(raw)).values
  for _, attribute in ipairs(cjson.decode(call('HGET', P .. 'g', field .. 't'))) do
    local gone, has = {}, {}
    for _, value in ipairs(kept[attribute[1]] or {}) do
      has[value] = true
    end
    for place = 2, #attribute do
      if not has[attribute[place]] then
        gone[#gone + 1] = index_member(attribute[place], tonumber(entity))
      end
    end
    if #gone > 0 then
      call('ZREM', P .. 'x' .. attribute[1], unpack(gone))
    end
  end
end

-- ARGV: token, names.  Whether the write of the token was done, then entity and row of each name ('' for none), as far as
-- a reply may hold.
local function present(keys, args)
  local P = prefix_of(keys[1])
  if not whole(P) then
    return {'gone'}
  end
  local known = tonumber(call('ZSCORE', P .. 'r', args[1]) or SETTLED) > SETTLED
  local reply, size = {'present', known and 1 or 0}, 0
  for place = 2, #args do
    local entity = call('ZSCORE', P .. 'o', args[place])
    local row = entity and call('HGET', P .. 'i', entity) or ''
    reply[#reply + 1] = entity or ''
    reply[#reply + 1] = row
    size = size + #row
    if size > PAGE_BYTES then
      break
    end
  end
  return reply
end

-- ARGV: attribute names.  How many items have each.
local function holders(keys, args)
  local P = prefix_of(keys[1])
  if not whole(P) then
    return {'gone'}
  end
  local reply = {'holders'}
  for place, number in ipairs(call('HMGET', P .. 'a', unpack(args))) do
    reply[place + 1] = tonumber(number or 0)
  end
  return reply
end

-- ARGV: who stages, after how many seconds another's note is old, the field, what is touched as JSON, then of each index
-- its attribute, how many arguments follow, and these, as ZADD has them.
local function stage(keys, args)
  local P = prefix_of(keys[1])
  if not whole(P) then
    return {'gone'}
  end
  local now, noted = tonumber(call('TIME')[1]), call('HGET', P .. 'g', args[3])
  if not noted then
    call('HINCRBY', P .. 'm', 'staged', 1)
  elseif string.sub(noted, 11) ~= args[1] then
    if string.sub(noted, 11) ~= NOBODY and now - tonumber(string.sub(noted, 1, 10)) < tonumber(args[2]) then
      return {'busy'}
    end
    unindex(P, args[3])
  end
  call('HSET', P .. 'g', args[3], string.format('%010d', now) .. args[1], args[3] .. 't', args[4])
  local place = 5
  while place < #args do
    local last = place + 1 + tonumber(args[place + 1])
    call('ZADD', P .. 'x' .. args[place], unpack(args, place + 2, last))
    place = last + 1
  end
  return {'done'}
end

-- Whether all that a write needs in the indexes is there.
local function is_staged(P, write)
  for _, field in ipairs(write.fields) do
    if string.sub(call('HGET', P .. 'g', field) or '', 11) ~= write.id then
      return false
    end
  end
  return true
end

-- The changes of a staged write, or nil where a row is another than the write was made from.
local function unchanged(P, write, args)
  local changes = {}
  for position, entity in ipairs(write.entities) do
    local name, raw, row = args[2 + 3 * position], args[3 + 3 * position], args[4 + 3 * position]
    local found = call('ZSCORE', P .. 'o', name)
    local there = found and call('HGET', P .. 'i', found) or ''
    if there ~= raw or (found and tonumber(found) ~= entity) then
      return nil
    elseif not found and row ~= '' and call('HEXISTS', P .. 'i', whole_number(entity)) == 1 then
      return nil
    end
    changes[position] = {name = name, entity = entity, raw = raw, before = raw ~= '', after = row ~= '', row = row}
  end
  return changes
end

-- ARGV: as apply has them, then of each change its name and its row before and after ('' for none), then the names whose
-- number of holders changes.  The write: `id` of the stage, its `fields`, the `entities` of the changes, by how much the
-- `figures` change and the `steps` of the names, the limits, `counted`.
local function commit(keys, args)
  local P = prefix_of(keys[1])
  local figures = whole(P)
  if not figures then
    return {'gone'}
  end
  if is_done(P, args[1]) then
    return {'done'}
  end
  local write = cjson.decode(args[4])
  local changes = is_staged(P, write) and unchanged(P, write, args)
  if not changes then
    return {'unstaged'}
  end
  local before, names = copied(figures), {}
  for name, step in pairs(write.figures) do
    figures[name] = figures[name] + step
  end
  for position = 1, #write.steps do
    names[position] = args[4 + 3 * #changes + position]
  end
  for _, change in ipairs(changes) do
    figures.entity = math.max(figures.entity, change.entity)
  end
  return finish(P, args, write, before, figures, changes, names, write.steps, nil)
end

-- ARGV: fields.  Takes out of the indexes what no row has.  Replies how many notes are left.
local function sweep(keys, args)
  local P = prefix_of(keys[1])
  if not whole(P) then
    return {'gone'}
  end
  for _, field in ipairs(args) do
    if call('HEXISTS', P .. 'g', field) == 1 then
      unindex(P, field)
      call('HDEL', P .. 'g', field, field .. 't')
      call('HINCRBY', P .. 'm', 'staged', -1)
    end
  end
  return {'left', call('HLEN', P .. 'g')}
end

-- ARGV: seconds.  Some fields that are older.
local function abandoned(keys, args)
  local P = prefix_of(keys[1])
  if not whole(P) then
    return {'gone'}
  end
  local reply, before = {'abandoned'}, tonumber(call('TIME')[1]) - tonumber(args[1])
  local found = call('HSCAN', P .. 'g', 0, 'COUNT', 100)[2]
  for place = 1, #found, 2 do
    if string.sub(found[place], -1) ~= 't' and tonumber(string.sub(found[place + 1], 1, 10)) < before then
      reply[#reply + 1] = found[place]
    end
  end
  return reply
end

-- Gives back what a dropped partition holds, some at a time; replies how many indexes and notes are left.
local function reclaim(keys)
  local P = prefix_of(keys[1])
  call('UNLINK', P .. 'm', P .. 'i', P .. 'o', P .. 'n', P .. 'u', P .. 'r')
  local names = {}
  local found = call('HSCAN', P .. 'a', 0, 'COUNT', 100)[2]
  for place = 1, #found, 2 do
    names[#names + 1] = found[place]
  end
  local notes = call('HSCAN', P .. 'g', 0, 'COUNT', 10)[2]
  for place = 1, #notes, 2 do
    for _, attribute in ipairs(string.sub(notes[place], -1) == 't' and cjson.decode(notes[place + 1]) or {}) do
      names[#names + 1] = attribute[1]
    end
    call('HDEL', P .. 'g', notes[place])
  end
  for _, name in ipairs(names) do
    call('UNLINK', P .. 'x' .. name)
    call('HDEL', P .. 'a', name)
  end
  return {'left', call('HLEN', P .. 'a') + call('HLEN', P .. 'g')}
end
