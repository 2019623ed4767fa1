"""What runs inside Redis, in Lua: nobody else's command comes in between.

KEYS of both: the stream of events, the hash of the epoch. EVAL with the whole text, not EVALSHA:
the text costs a microsecond, a server that has forgotten it would cost a second way to fail.
"""

OPEN = """
local function info(section, name)
  return redis.call('INFO', section):match('\\n' .. name .. ':([^\\r\\n]*)') or ''
end
local version, role = info('server', 'redis_version'), info('replication', 'role')
if (tonumber(version:match('^%d+')) or 0) < 7 then return {'old', version} end
if role ~= 'master' then
  return {'replica', info('replication', 'master_host'), info('replication', 'master_port')}
end
local server = info('server', 'run_id') .. '/' .. info('replication', 'master_replid')
local epoch = tonumber(redis.call('HGET', KEYS[2], 'epoch')) or 0
local same = redis.call('HGET', KEYS[2], 'server') == server
local known, number = tonumber(ARGV[1]), tonumber(ARGV[3])
local last, count = 0, 0
if redis.call('EXISTS', KEYS[1]) == 1 then
  local stream = redis.call('XINFO', 'STREAM', KEYS[1])
  for place = 1, #stream, 2 do
    if stream[place] == 'last-generated-id' then
      local first, second = stream[place + 1]:match('^(%d+)-(%d+)$')
      last, count = tonumber(first), tonumber(second)
    end
  end
end
if known > epoch then same = false end
if known == epoch and (ARGV[2] ~= server or number > count) then same = false end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if not same or last ~= epoch or epoch == 0 then
  epoch = math.max(math.floor(now / 1000), epoch + 1, known + 1, last + 1)
  count = 0
  local text = string.format('%.0f', epoch)
  redis.call('XADD', KEYS[1], text .. '-*', 'e', '')
  redis.call('XTRIM', KEYS[1], 'MINID', text)
  redis.call('HSET', KEYS[2], 'epoch', text, 'server', server)
end
return {'ok', epoch, count, server, now}
"""
"""ARGV: the epoch that the caller knows (0: none), on which server, up to which number.

A new epoch begins with an entry of number 0, and takes all that was before it away. It begins when
the server is another than the one of the hash (a restart, a failover), when the stream is missing
or is not that of the hash, or when the caller has seen more than there is. Two processes that find
the same agree, for the first one notes the server; and no number of an epoch is given twice.
"""

PUBLISH = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local done = redis.call('GET', KEYS[3])
if done then
  local batch, id = done:match('^(%S+) (%S+)$')
  if batch == ARGV[3] then return {'ok', now, id} end
end
if now > tonumber(ARGV[2]) then return {'late', now} end
if redis.call('HGET', KEYS[2], 'epoch') ~= ARGV[1] then return {'epoch', now} end
local before = string.format('%.0f ', now) .. ARGV[3] .. ' '
local id
for place = 6, #ARGV do
  id = redis.pcall('XADD', KEYS[1], 'NOMKSTREAM', ARGV[1] .. '-*', 'e', before .. ARGV[place])
  if not id then return {'epoch', now} end
  if type(id) == 'table' and id.err then
    if id.err:find('equal or smaller', 1, true) then return {'epoch', now} end
    return id
  end
end
redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[4])
if ARGV[5] ~= '0' then redis.call('XTRIM', KEYS[1], 'MINID', '~', ARGV[1] .. '-' .. ARGV[5]) end
redis.call('SET', KEYS[3], ARGV[3] .. ' ' .. id, 'EX', 60)
return {'ok', now, id}
"""
"""KEYS[3]: what this run published last. ARGV: epoch, deadline (Redis' time in µs), batch, how many
entries to keep at least, number of the oldest one to keep, then the entries.

A command that Redis gets round to after its publisher was told that it failed must do nothing: that
is what the deadline is for. One that is sent again because its answer was lost must do nothing
either: then the batch is the one that was published last.
"""
