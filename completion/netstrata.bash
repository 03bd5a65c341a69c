# SPDX-License-Identifier: GPL-2.0-only
# bash completion for netstrata. tests/cli/options.t compares the lists with the parser.

_netstrata_values() # option: the words that may follow it
{
	case $1 in
	--hooks) echo auto tracepoint fentry kprobe ;;
	--color) echo auto always never ;;
	--compat) echo netstacklat ;;
	--dir) echo rx tx both ;;
	--slow) echo off 500us 1ms 10ms ;;
	--stages) echo all pre path sched after none irq softirq_wait napi xdp stack ip transport hol wakeup \
		runqueue application socket qdisc driver completion network ack ;;
	--sort) echo rx: tx: total: irq: softirq_wait: napi: xdp: stack: ip: transport: hol: wakeup: \
		runqueue: application: \
		socket: qdisc: driver: completion: network: ack: p99 max sum n ;;
	--dev | --xdp | --hw) (cd /sys/class/net && echo *) ;;
	--netns) echo self && [ -d /run/netns ] && ls /run/netns ;;
	--pid) (cd /proc && echo [0-9]*) ;;
	esac 2>/dev/null
}

_netstrata()
{
	local kernel="--hooks --verbose --help -v -h"
	local common="--json --color $kernel"
	local filters="--tcp --udp --ipv4 --ipv6 -4 -6 --port --local-port --host --dev --netns
		--pid --comm --cgroup"
	local softirqs="--json --color --verbose --help -v -h --interval --count --duration --histogram"
	local measure="--dir --stages --xdp --hw --hw-enable --sample --duration --max-connections"
	local words cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
	COMPREPLY=()

	# bash breaks words at '=' and ':'
	[ "$cur" = = ] && cur=
	[ "$prev" = = ] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	if [ "$cur" = : ] || [ "$prev" = : ]; then
		i=$((COMP_CWORD - 1)) words="p99 max sum n"
		[ "$cur" = : ] || i=$((i - 1))
		case ${COMP_WORDS[i]} in # behind a direction stands a stage first
		rx) words="total: irq: softirq_wait: napi: xdp: stack: ip: transport: hol: wakeup: runqueue: application:" ;;
		tx) words="total: socket: transport: ip: qdisc: driver: completion: network: ack:" ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "${cur#:}")
		[[ ${COMPREPLY[0]} == *: ]] && compopt -o nospace 2>/dev/null
		return
	fi

	# After "--" stands a command of the user's.
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [ "${COMP_WORDS[i]}" = -- ]; then
			mapfile -t COMPREPLY < <(compgen -c -f -- "$cur")
			return
		fi
	done

	if [ "$COMP_CWORD" -eq 1 ]; then
		words="check diff irq ping record report serve softirq stat top trace watch help --help --version -h"
	else
		case ${COMP_WORDS[1]} in
		check) words=$common ;;
		ping) words="$common --count --interval --timeout --tcp --ipv4 --ipv6 --size --source --dev
			-c -i -4 -6" ;;
		serve) words="$kernel $measure $filters --listen --tls-cert --tls-key --token-file --interval
			--no-cpus --slower --connections --compat" ;;
		irq) words="$softirqs --all" ;;
		softirq) words="$softirqs --burst-gap --slower --no-blame" ;;
		stat) words="$common $measure $filters --interval --count --histogram --connections
			--sort --slow --cpus" ;;
		top) words="${common/--json /} $measure $filters --interval --sort --slow --no-cpus
			--no-mouse --ascii --replay" ;;
		trace) words="$common $measure $filters --slower --limit --chrome --blame" ;;
		watch) words="$common $measure $filters --interval --count --slow --no-cpus --replay --exec" ;;
		record) words="$common $measure $filters --interval --count --connections --sort --slower
			--output -o --force --max-size --packets --blame --no-cpus" ;;
		report) words="${common/--hooks /} --from --to --interval --packets --html --histogram
			--connections --sort" ;;
		diff) words="${common/--hooks /} --from --to --threshold" ;;
		help) words="check diff irq ping record report serve softirq stat top trace watch" ;;
		esac
	fi

	if [ "${COMP_WORDS[1]}" = ping ] && [ "$COMP_CWORD" -gt 1 ]; then
		[ "$prev" = --tcp ] && return
		[[ $cur == -* ]] || words="$words $(compgen -A hostname -- "$cur")"
	fi
	case ${COMP_WORDS[1]} in # files are words of their own
	report | diff) [[ $cur == -* || $prev == --* ]] || prev=--output ;;
	esac
	case $prev in
	--dir | --hooks | --color | --compat | --slow | --sort | --dev | --netns | --pid)
		words=$(_netstrata_values "$prev")
		;;
	--chrome | --html | --replay | --output | -o | --tls-cert | --tls-key | --token-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--cgroup)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--port | --local-port | --host | --comm | --sample | --duration | --max-connections | \
		--interval | --count | --connections | --slower | --limit | --timeout | --size | \
		--source | --exec | --from | --to | --max-size | --threshold | --listen | --burst-gap | -c | -i) return ;;
	--packets) [ "${COMP_WORDS[1]}" = record ] && return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	[ "${#COMPREPLY[@]}" -eq 1 ] && [ "${COMPREPLY[0]%:}" != "${COMPREPLY[0]}" ] &&
		compopt -o nospace 2>/dev/null
}

complete -o filenames -F _netstrata netstrata
