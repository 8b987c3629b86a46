# Sourced: a real Slurm of its own on this machine, in $work/slurm, with two virtual nodes.
# start_cluster: false, with the reason in $why, where it cannot start. stop_cluster ends all of it.
# Lines in $slurm_conf_more are added to slurm.conf.

slurm_daemons=()

# A port that nobody listens on, from a range of this process's own.
free_port() {
    local port
    for ((port = 20000 + $$ % 20000 + $1 * 37; ; port++)); do
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo $port && return; }
    done
}

write_slurm_conf() { # folder host
    local ports=("$(free_port 1)" "$(free_port 2)" "$(free_port 3)")
    cat >"$1/slurm.conf" <<CONF
ClusterName=gmtrace
SlurmctldHost=$2(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$1/munge.socket
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$1/state
SlurmdSpoolDir=$1/spool-%n
SlurmctldPidFile=$1/slurmctld.pid
SlurmdPidFile=$1/slurmd-%n.pid
SlurmctldLogFile=$1/slurmctld.log
SlurmdLogFile=$1/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
KillWait=2
MinJobAge=60
MaxArraySize=8
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
NodeName=n0 NodeHostname=$2 NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=2 RealMemory=500 State=UNKNOWN
NodeName=n1 NodeHostname=$2 NodeAddr=127.0.0.1 Port=${ports[2]} CPUs=2 RealMemory=500 State=UNKNOWN
PartitionName=all Nodes=n[0-1] Default=YES MaxTime=10 State=UP
${slurm_conf_more-}
CONF
}

start_daemon() {
    "$@" >>"$work/slurm/daemons.log" 2>&1 </dev/null &
    slurm_daemons+=($!)
}

start_cluster() {
    local folder=$work/slurm host needed
    for needed in munged slurmctld slurmd sbatch squeue; do
        PATH=$PATH:/usr/sbin command -v $needed >/dev/null || { why="no $needed (slurm-wlm, munge)" && return 1; }
    done
    [[ $EUID == 0 ]] || { why="only root can start a Slurm of its own" && return 1; }
    host=$(uname -n | cut -d. -f1)
    mkdir -p "$folder/state" "$folder/spool-n0" "$folder/spool-n1" "$folder/munge"
    chmod 755 "$work" "$folder"
    chmod 700 "$folder/munge"
    head -c 1024 /dev/urandom >"$folder/munge/key"
    chmod 400 "$folder/munge/key"
    write_slurm_conf "$folder" "$host"
    export SLURM_CONF=$folder/slurm.conf PATH=$PATH:/usr/sbin
    start_daemon munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"
    for ((i = 0; i < 100; i++)); do [[ -S $folder/munge.socket ]] && break; sleep 0.05; done
    start_daemon slurmctld -D
    start_daemon slurmd -D -N n0
    start_daemon slurmd -D -N n1
    for ((i = 0; i < 200; i++)); do
        [[ $(sinfo -h -N -o %T 2>/dev/null | sort -u) == idle ]] && return 0
        sleep 0.1
    done
    why=$(grep -hm 1 'error: ' "$folder"/slurmd-n0.log "$folder"/slurmctld.log 2>/dev/null | head -n 1)
    why="its nodes did not come up: ${why#*error: }"
    return 1
}

stop_cluster() {
    scancel --full --user=root 2>/dev/null
    ((${#slurm_daemons[@]})) || return
    kill "${slurm_daemons[@]}" 2>/dev/null
    for ((i = 0; i < 50; i++)); do
        kill -0 "${slurm_daemons[@]}" 2>/dev/null || break
        sleep 0.05
    done
    kill -9 "${slurm_daemons[@]}" 2>/dev/null
    wait 2>/dev/null
}
