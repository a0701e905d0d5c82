#!/usr/bin/env bash
# Runs a private PostgreSQL (with pgvector) and Redis on free loopback ports, with all files in one folder.
# Does not touch the machine's own services.
#
#   scripts/services.sh start DIR [postgres|redis]   prints DATABASE_URL and REDIS_URL as `export …`
#   scripts/services.sh stop  DIR [postgres|redis]   stops them; data and ports are kept
#   scripts/services.sh kill  DIR [postgres|redis]   the same, without a clean shutdown (a crash)
#
# With DURABLE=1, the first `start` creates a PostgreSQL that survives a power cut, as benches of writes
# require. `start` after `stop` or `kill` uses the same ports again. Delete DIR after both are stopped.
set -euo pipefail

say() { echo "services: $*" >&2; }
fail() {
  echo "Reason: $1" >&2
  echo "Hint:   $2" >&2
  exit 1
}

postgres_programs() {
  if [[ -n "${WHENCE_TEST_PG_BIN:-}" ]]; then
    echo "$WHENCE_TEST_PG_BIN"
  elif compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    dirname "$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)"
  elif command -v initdb >/dev/null; then
    dirname "$(command -v initdb)"
  else
    fail "PostgreSQL's server programs were not found." \
      "Install them (Debian: apt-get install postgresql), or set WHENCE_TEST_PG_BIN to their folder."
  fi
}

redis_program() {
  local found
  found=${WHENCE_TEST_REDIS_BIN:-$(command -v redis-server || command -v valkey-server || true)}
  [[ -n "$found" ]] || fail "redis-server was not found." \
    "Install it (Debian: apt-get install redis-server), or set WHENCE_TEST_REDIS_BIN."
  echo "$found"
}

# PostgreSQL refuses to run as root, so the package's own user runs it.
as_server() {
  if [[ $(id -u) -eq 0 ]]; then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
  node -e "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})"
}

# A port is chosen once and kept, so that a stopped service restarts on the same port.
port_of() {
  local file="$DIR/$1.port"
  [[ -s "$file" ]] || free_port >"$file"
  cat "$file"
}

# Everything that affects speed has PostgreSQL's defaults, so that tests and benches see what users see.
# Unless DURABLE is set, fsync and full_page_writes are off: they protect against a crash of the machine,
# which the data of tests need not survive. synchronous_commit stays on: without it, `kill` would lose
# committed transactions, and the tests that kill PostgreSQL would prove nothing.
create_cluster() {
  local bin=$1 password
  password=$(node -e "console.log(require('crypto').randomBytes(16).toString('hex'))")
  (umask 077 && echo "$password" >"$DIR/postgres.password")
  mkdir -p "$DIR/postgres"
  cp "$DIR/postgres.password" "$DIR/postgres/password"
  if [[ $(id -u) -eq 0 ]]; then
    chown -R postgres "$DIR/postgres"
    chmod 711 "$DIR"
    as_server test -r "$DIR/postgres/password" || fail "The user postgres cannot reach $DIR." \
      "Choose a folder that every user can reach, for example one under /tmp."
  fi
  say 'creating a PostgreSQL cluster'
  (cd / && as_server "$bin/initdb" --pgdata="$DIR/postgres/data" --username=whence \
    --pwfile="$DIR/postgres/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
    --no-sync >"$DIR/initdb.log" 2>&1) || {
    cat "$DIR/initdb.log" >&2
    fail 'initdb failed, as shown above.' "Correct it, delete $DIR and start again."
  }
  rm "$DIR/postgres/password"
  as_server tee -a "$DIR/postgres/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $(port_of postgres)
unix_socket_directories = ''
max_connections = 200
CONF
  [[ -n "${DURABLE:-}" ]] || as_server tee -a "$DIR/postgres/data/postgresql.conf" >/dev/null <<CONF
fsync = off
full_page_writes = off
CONF
}

start_postgres() {
  local bin
  bin=$(postgres_programs)
  [[ -s "$DIR/postgres/data/PG_VERSION" ]] || create_cluster "$bin"
  if ! (cd / && as_server "$bin/pg_ctl" --pgdata="$DIR/postgres/data" status >/dev/null); then
    (cd / && as_server "$bin/pg_ctl" --pgdata="$DIR/postgres/data" --log="$DIR/postgres/log" \
      --wait --timeout=60 start >/dev/null) || {
      tail -n 20 "$DIR/postgres/log" >&2
      fail 'PostgreSQL did not start, as shown above.' "Correct it, or delete $DIR and start again."
    }
  fi
  make_database "$bin"
  say "PostgreSQL on 127.0.0.1:$(port_of postgres)"
}

make_database() {
  local there
  export PGPASSWORD PGHOST=127.0.0.1 PGPORT PGUSER=whence
  PGPASSWORD=$(cat "$DIR/postgres.password")
  PGPORT=$(port_of postgres)
  there=$("$1/psql" --dbname=postgres -qtAc "select 1 from pg_database where datname = 'whence'")
  [[ "$there" == 1 ]] || "$1/createdb" whence
  unset PGPASSWORD PGHOST PGPORT PGUSER
}

start_redis() {
  local program port
  program=$(redis_program)
  port=$(port_of redis)
  mkdir -p "$DIR/redis"
  redis_alive && return 0
  # Nothing is persisted: Whence's queue may lose all data at any time.
  "$program" --port "$port" --bind 127.0.0.1 --dir "$DIR/redis" --daemonize yes \
    --pidfile "$DIR/redis/pid" --logfile "$DIR/redis/log" \
    --maxmemory-policy noeviction --save '' --appendonly no >/dev/null
  # It starts to listen shortly before it writes its pid.
  for _ in $(seq 100); do
    redis_alive && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.1
  done
  redis_alive || {
    tail -n 20 "$DIR/redis/log" >&2
    fail 'Redis did not start, as shown above.' "Correct it, or delete $DIR and start again."
  }
  say "Redis on 127.0.0.1:$port"
}

redis_alive() {
  [[ -s "$DIR/redis/pid" ]] && kill -0 "$(cat "$DIR/redis/pid")" 2>/dev/null
}

# $1: fast (aborts transactions and shuts down cleanly) or immediate (a crash)
stop_postgres() {
  [[ -s "$DIR/postgres/data/postmaster.pid" ]] || return 0
  (cd / && as_server "$(postgres_programs)/pg_ctl" --pgdata="$DIR/postgres/data" --mode="$1" \
    --wait --timeout=60 stop >/dev/null)
}

# $1: TERM or KILL
stop_redis() {
  redis_alive || return 0
  local process
  process=$(cat "$DIR/redis/pid")
  kill -s "$1" "$process"
  for _ in $(seq 100); do
    kill -0 "$process" 2>/dev/null || break
    sleep 0.1
  done
  rm -f "$DIR/redis/pid"
}

print_urls() {
  if [[ -s "$DIR/postgres.password" ]]; then
    echo "export DATABASE_URL=postgresql://whence:$(cat "$DIR/postgres.password")@127.0.0.1:$(port_of postgres)/whence"
  fi
  if [[ -s "$DIR/redis.port" ]]; then echo "export REDIS_URL=redis://127.0.0.1:$(port_of redis)"; fi
}

main() {
  local verb=${1:-} which=${3:-both}
  if [[ ! "$verb" =~ ^(start|stop|kill)$ || -z "${2:-}" || ! "$which" =~ ^(both|postgres|redis)$ ]]; then
    sed -n '5,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
  fi
  [[ "$verb" != start ]] || mkdir -p "$2"
  DIR=$(cd "$2" && pwd)
  local postgres=true redis=true
  if [[ "$which" == redis ]]; then postgres=false; fi
  if [[ "$which" == postgres ]]; then redis=false; fi
  case $verb in
    start)
      if $postgres; then start_postgres; fi
      if $redis; then start_redis; fi
      print_urls
      ;;
    stop)
      if $redis; then stop_redis TERM; fi
      if $postgres; then stop_postgres fast; fi
      ;;
    kill)
      if $redis; then stop_redis KILL; fi
      if $postgres; then stop_postgres immediate; fi
      ;;
  esac
}

main "$@"
