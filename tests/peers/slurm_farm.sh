#!/bin/sh
# A Slurm of one node on this machine alone, for tests: without systemd, without a database, as root.
#
#     tests/peers/slurm_farm.sh up FOLDER     # prints the SLURM_CONF to use; its daemons log into FOLDER/log
#     tests/peers/slurm_farm.sh down FOLDER   # ends jobs and daemons
#
# The daemons listen on loopback, at two ports that were free. The node claims SLURM_FARM_CPUS processors (4).
set -eu
[ $# = 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
verb=$1
folder=$(realpath -m "$2")
SLURM_CONF=$folder/slurm.conf
export SLURM_CONF

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# A process that has ended may stay a zombie where the machine's init reaps late.
runs() {
    [ -r "/proc/$1/stat" ] && ! grep -q ') Z ' "/proc/$1/stat"
}

write_configuration() {
    host=$(hostname -s)
    cat >"$SLURM_CONF" <<CONF
ClusterName=nightreel
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# A requeued job waits for its credential to expire, two minutes unless told otherwise.
AuthInfo=socket=$folder/munge/socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MinJobAge=3600
ReturnToService=2
KillWait=5
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
NodeName=node0 NodeHostname=$host NodeAddr=127.0.0.1 CPUs=${SLURM_FARM_CPUS:-4} RealMemory=4096 State=UNKNOWN
PartitionName=farm Nodes=node0 Default=YES MaxTime=INFINITE State=UP
CONF
}

up() {
    rm -rf "$folder"
    mkdir -p "$folder/state" "$folder/spool" "$folder/munge" "$folder/log"
    # munged trusts neither a folder that others may write to nor an owner other than root.
    chmod 755 "$folder" "$folder/munge"
    head -c 64 /dev/urandom >"$folder/munge/key"
    chmod 400 "$folder/munge/key"
    write_configuration
    munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --num-threads=2 \
        --pid-file="$folder/munged.pid" --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed" \
        >"$folder/log/munged.out" 2>&1
    slurmctld -c >"$folder/log/slurmctld.out" 2>&1
    slurmd -c -N node0 >"$folder/log/slurmd.out" 2>&1
    tries=0
    until [ "$(sinfo -h -N -n node0 -o %t 2>/dev/null | head -n 1)" = idle ]; do
        tries=$((tries + 1))
        if [ $tries -gt 60 ]; then
            tail -n 5 "$folder"/log/*.log >&2 || true
            echo "slurm_farm.sh: the node is not idle after 30 s; its logs are in $folder/log" >&2
            down
            exit 1
        fi
        sleep 0.5
    done
    echo "$SLURM_CONF"
}

down() {
    [ -f "$SLURM_CONF" ] || return 0
    for job in $(timeout 10 squeue -h -o %A 2>/dev/null | sort -u); do
        timeout 10 scancel --full --signal=KILL "$job" 2>/dev/null || true
        timeout 10 scancel "$job" 2>/dev/null || true
    done
    for daemon in slurmd slurmctld munged; do
        process=$(cat "$folder/$daemon.pid" 2>/dev/null || true)
        [ -n "$process" ] || continue
        kill "$process" 2>/dev/null || true
        tries=0
        while runs "$process" && [ $tries -lt 50 ]; do
            sleep 0.1
            tries=$((tries + 1))
        done
        kill -KILL "$process" 2>/dev/null || true
    done
}

case $verb in
    up) up ;;
    down) down ;;
    *) echo "slurm_farm.sh: unknown verb $verb: expected up or down" >&2; exit 2 ;;
esac
