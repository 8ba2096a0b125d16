-- Functions are loaded where there is no loop and no table of functions to go through: there is only `redis`.
local function offer(name, callback, flags)
  redis.register_function{function_name = name .. SUFFIX, callback = callback, flags = flags}
end

offer('walk', walk, {'no-writes'})
offer('entities', entities, {'no-writes'})
offer('rows', rows, {'no-writes'})
offer('sizes', sizes, {'no-writes'})
offer('get', get, {'no-writes'})
offer('counters', counters, {'no-writes'})
offer('attribute_names', attribute_names, {'no-writes'})
offer('look_up', look_up, {'no-writes'})
offer('list', list, {'no-writes'})
offer('condemned', condemned, {'no-writes'})
offer('records', records, {'no-writes'})
offer('present', present, {'no-writes'})
offer('holders', holders, {'no-writes'})
offer('abandoned', abandoned, {'no-writes'})

offer('apply', apply, {})
offer('stage', stage, {})
offer('commit', commit, {})
offer('begin', begin, {})
offer('load', load, {})
offer('take_numbers', take_numbers, {})
offer('announce', announce, {})
offer('register', register, {})
offer('change_records', change_records, {})

-- also when memory is full
offer('apply_deletes', apply, {'allow-oom'})
offer('stage_deletes', stage, {'allow-oom'})
offer('commit_deletes', commit, {'allow-oom'})
offer('sweep', sweep, {'allow-oom'})
offer('reclaim', reclaim, {'allow-oom'})
offer('remove', remove, {'allow-oom'})
offer('exchange', exchange, {'allow-oom'})
offer('forget', forget, {'allow-oom'})
