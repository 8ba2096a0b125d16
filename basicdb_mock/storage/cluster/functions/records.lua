-- An account's records: the hash `e` beside its domains, id -> JSON, with their revision under the empty name.

-- ARGV: the revision that is known.
local function records(keys, args)
  if (call('HGET', keys[1], '') or '') == args[1] then
    return {'same'}
  end
  return {'records', call('HGETALL', keys[1])}
end

-- ARGV: the revision to change, the one that comes of it, then ids, each with its JSON or nothing to remove it.
local function change_records(keys, args)
  local revision = call('HGET', keys[1], '') or ''
  if revision == args[2] then  -- it was done by an attempt whose answer was lost
    return {'done'}
  elseif revision ~= args[1] then
    return {'refused'}
  end
  for place = 3, #args, 2 do
    if args[place + 1] == '' then
      call('HDEL', keys[1], args[place])
    else
      call('HSET', keys[1], args[place], args[place + 1])
    end
  end
  if args[2] == '' then
    call('DEL', keys[1])
  else
    call('HSET', keys[1], '', args[2])
  end
  return {'done'}
end
