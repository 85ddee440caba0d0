#!/bin/sh
# A Slurm on this machine alone, for tests: without systemd, without a database, as root.
#
#     tests/peers/slurm_farm.sh up FOLDER       # prints the SLURM_CONF to use; its daemons log into FOLDER/log
#     tests/peers/slurm_farm.sh crash FOLDER    # kill -9 of slurmctld, then starts it again from what it had saved
#     tests/peers/slurm_farm.sh down FOLDER     # ends jobs and daemons
#
# The daemons listen on loopback, at ports that were free. SLURM_FARM_NODES nodes (1), node0, node1..., each a slurmd of its
# own, claim SLURM_FARM_CPUS processors (4), 4 GB and a GPU that is none (/dev/null). There are two licences `nightreel`.
set -eu
[ $# = 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
verb=$1
folder=$(realpath -m "$2")
SLURM_CONF=$folder/slurm.conf
export SLURM_CONF
nodes=${SLURM_FARM_NODES:-1}

free_ports() {
    python3 -c 'import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))' "$1"
}

# A process that has ended may stay a zombie where the machine's init reaps late.
runs() {
    [ -r "/proc/$1/stat" ] && ! grep -q ') Z ' "/proc/$1/stat"
}

write_configuration() {
    host=$(hostname -s)
    # shellcheck disable=SC2046
    set -- $(free_ports $((nodes + 1)))
    cat >"$SLURM_CONF" <<CONF
ClusterName=nightreel
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$1
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# A requeued job waits for its credential to expire, two minutes unless told otherwise.
AuthInfo=socket=$folder/munge/socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MinJobAge=3600
ReturnToService=2
KillWait=5
Licenses=nightreel:2
GresTypes=gpu
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
PartitionName=farm Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    # Only a device file gives jobs the variables of a GPU.
    echo "Name=gpu File=/dev/null Flags=nvidia_gpu_env" >"$folder/gres.conf"
    for node in $(seq 0 $((nodes - 1))); do
        shift
        echo "NodeName=node$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$1 CPUs=${SLURM_FARM_CPUS:-4} RealMemory=4096" \
            "Gres=gpu:1 State=UNKNOWN" >>"$SLURM_CONF"
    done
}

wait_for_nodes() {
    tries=0
    until [ "$(sinfo -h -N -o %t 2>/dev/null | grep -c -e idle -e mix -e alloc)" = "$nodes" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 150 ]; then
            tail -n 5 "$folder"/log/*.log >&2 || true
            echo "slurm_farm.sh: a node is not up after 30 s; the logs are in $folder/log" >&2
            down
            exit 1
        fi
        sleep 0.2
    done
}

up() {
    rm -rf "$folder"
    mkdir -p "$folder/state" "$folder/munge" "$folder/log"
    # munged trusts neither a folder that others may write to nor an owner other than root.
    chmod 755 "$folder" "$folder/munge"
    head -c 64 /dev/urandom >"$folder/munge/key"
    chmod 400 "$folder/munge/key"
    write_configuration
    munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --num-threads=2 \
        --pid-file="$folder/munged.pid" --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed" \
        >"$folder/log/munged.out" 2>&1
    slurmctld -c >"$folder/log/slurmctld.out" 2>&1
    for node in $(seq 0 $((nodes - 1))); do
        slurmd -c -N "node$node" >"$folder/log/slurmd.node$node.out" 2>&1
    done
    wait_for_nodes
    echo "$SLURM_CONF"
}

crash() {
    kill -KILL "$(cat "$folder/slurmctld.pid")"
    rm -f "$folder/slurmctld.pid"
    slurmctld >>"$folder/log/slurmctld.out" 2>&1
    tries=0
    until scontrol ping 2>/dev/null | grep -q UP; do
        tries=$((tries + 1))
        [ $tries -le 150 ] || { echo "slurm_farm.sh: slurmctld is not up after 30 s" >&2; exit 1; }
        sleep 0.2
    done
}

down() {
    [ -f "$SLURM_CONF" ] || return 0
    jobs=$(timeout 10 squeue -h -o %A 2>/dev/null | sort -u)
    if [ -n "$jobs" ]; then
        # shellcheck disable=SC2086
        timeout 10 scancel --full --signal=KILL $jobs 2>/dev/null || true
        # shellcheck disable=SC2086
        timeout 10 scancel $jobs 2>/dev/null || true
    fi
    for file in "$folder"/slurmd.*.pid "$folder/slurmctld.pid" "$folder/munged.pid"; do
        process=$(cat "$file" 2>/dev/null || true)
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
    crash) crash ;;
    down) down ;;
    *) echo "slurm_farm.sh: unknown verb $verb: expected up, crash or down" >&2; exit 2 ;;
esac
