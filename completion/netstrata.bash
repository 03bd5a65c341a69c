# SPDX-License-Identifier: GPL-2.0-only
# bash completion for netstrata. tests/cli/options.t compares the lists with the parser.

_netstrata_values() # option: the words that may follow it
{
	case $1 in
	--hooks) echo auto tracepoint fentry kprobe ;;
	--color) echo auto always never ;;
	--sort) echo total: stack: ip: transport: hol: application: p99 max sum n ;;
	--dev) (cd /sys/class/net && echo *) ;;
	--netns) echo self && [ -d /run/netns ] && ls /run/netns ;;
	--pid) (cd /proc && echo [0-9]*) ;;
	esac 2>/dev/null
}

_netstrata()
{
	local common="--json --color --hooks --verbose --help -v -h"
	local filters="--tcp --udp --ipv4 --ipv6 -4 -6 --port --local-port --host --dev --netns
		--pid --comm --cgroup"
	local measure="--sample --duration --max-connections"
	local words cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
	COMPREPLY=()

	# bash breaks words at '=' and ':'
	[ "$cur" = = ] && cur=
	[ "$prev" = = ] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	if [ "$cur" = : ] || [ "$prev" = : ]; then
		mapfile -t COMPREPLY < <(compgen -W "p99 max sum n" -- "${cur#:}")
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
		words="check stat trace help --help --version -h"
	else
		case ${COMP_WORDS[1]} in
		check) words=$common ;;
		stat) words="$common $measure $filters --interval --count --histogram --connections
			--sort" ;;
		trace) words="$common $measure $filters --slower --limit --chrome" ;;
		help) words="check stat trace" ;;
		esac
	fi

	case $prev in
	--hooks | --color | --sort | --dev | --netns | --pid) words=$(_netstrata_values "$prev") ;;
	--chrome)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--cgroup)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--port | --local-port | --host | --comm | --sample | --duration | --max-connections | \
		--interval | --count | --connections | --slower | --limit) return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	[ "${#COMPREPLY[@]}" -eq 1 ] && [ "${COMPREPLY[0]%:}" != "${COMPREPLY[0]}" ] &&
		compopt -o nospace 2>/dev/null
}

complete -o filenames -F _netstrata netstrata
