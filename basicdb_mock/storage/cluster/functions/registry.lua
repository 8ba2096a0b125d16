-- The registry of an account's domains.

local function registered(R)
  local number = call('HLEN', R .. 'd')
  if number ~= call('ZCARD', R .. 'z') then
    moving()
  end
  call('EXISTS', R .. 'c')
  return number
end

local function condemn(R, name)
  local reference = call('HGET', R .. 'd', name)
  if reference then
    local domain = cjson.decode(reference)
    domain.name, domain.dropped = name, true
    call('HSET', R .. 'c', domain.id, cjson.encode(domain))
    call('HDEL', R .. 'd', name)
    call('ZREM', R .. 'z', name)
  end
end

-- ARGV: name.
local function look_up(keys, args)
  local R = prefix_of(keys[1])
  registered(R)
  return {'reference', call('HGET', R .. 'd', args[1]) or ''}
end

-- ARGV: after, at most.
local function list(keys, args)
  local R = prefix_of(keys[1])
  registered(R)
  return {'names', call('ZRANGEBYLEX', R .. 'z', args[1], '+', 'LIMIT', 0, args[2])}
end

-- ARGV: reference as JSON.  Announces a domain that is about to be made, so that it is reclaimed if nobody ends it.
local function announce(keys, args)
  local R = prefix_of(keys[1])
  registered(R)
  local domain = cjson.decode(args[1])
  domain.announced = tonumber(call('TIME')[1])
  call('HSET', R .. 'c', domain.id, cjson.encode(domain))
  return {'done'}
end

-- ARGV: name, reference as JSON, at most.
local function register(keys, args)
  local R = prefix_of(keys[1])
  local number = registered(R)
  local there = call('HGET', R .. 'd', args[1])
  local domain = cjson.decode(args[2])
  if there then
    call('HSET', R .. 'd', args[1], there)  -- a write of this connection, for its WAIT
    return {'there', cjson.decode(there).id == domain.id and 1 or 0}
  elseif number >= tonumber(args[3]) then
    return {'full'}
  end
  local announced = call('HGET', R .. 'c', domain.id)
  if not announced or cjson.decode(announced).dropped then
    return {'late'}
  end
  call('HDEL', R .. 'c', domain.id)
  call('HSET', R .. 'd', args[1], args[2])
  call('ZADD', R .. 'z', 0, args[1])
  return {'done'}
end

-- Whether a call is a copy of one that was done: one that a node got late must not undo what came after.
local function is_repeated(R, token)
  local done = call('EXISTS', R .. 'r' .. token) == 1
  call('SET', R .. 'r' .. token, '1', 'EX', 60)
  return done
end

-- ARGV: token, name.  Takes a domain out of the registry; replies all of that name that are still to be reclaimed.
local function remove(keys, args)
  local R = prefix_of(keys[1])
  registered(R)
  if not is_repeated(R, args[1]) then
    condemn(R, args[2])
  end
  return {'condemned', call('HVALS', R .. 'c')}
end

-- ARGV: token, name, reference, ...  In place of all domains of the account, announced ones.
local function exchange(keys, args)
  local R = prefix_of(keys[1])
  registered(R)
  if is_repeated(R, args[1]) then
    return {'condemned', call('HVALS', R .. 'c')}
  end
  for _, name in ipairs(call('HKEYS', R .. 'd')) do
    condemn(R, name)
  end
  for place = 2, #args, 2 do
    call('HDEL', R .. 'c', cjson.decode(args[place + 1]).id)
    call('HSET', R .. 'd', args[place], args[place + 1])
    call('ZADD', R .. 'z', 0, args[place])
  end
  return {'condemned', call('HVALS', R .. 'c')}
end

-- ARGV: id.  It has been reclaimed.
local function forget(keys, args)
  local R = prefix_of(keys[1])
  registered(R)
  call('HDEL', R .. 'c', args[1])
  return {'done'}
end

-- What is still to be reclaimed, and the time.
local function condemned(keys)
  local R = prefix_of(keys[1])
  registered(R)
  return {'condemned', call('HVALS', R .. 'c'), tonumber(call('TIME')[1])}
end
