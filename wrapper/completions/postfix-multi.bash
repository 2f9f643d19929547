# Completion of postfix-multi for bash. A test compares the options and the actions with the program's own.

# The names of instances, or their groups.
_postfix_multi_told() {
    postfix-multi -l 2>/dev/null | awk -v field="$1" '$field != "-" { print $field }'
}

_postfix_multi() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} equals=no
    local letters='-l -p -x -e -a -g -i -G -I -R -j -w -c -v'
    local options='--list --postfix --execute --edit --all --group --instance --set-group --set-name --reverse --json
        --format --check --warning --critical --verbose --dry-run --enabled --disabled --absent --from --wait --jobs
        --timeout --query-timeout --summary --help --version'
    local actions='init create import destroy deport enable disable assign ensure'
    local commands='start stop quick-stop abort drain reload flush status check set-permissions upgrade-configuration'
    local settings='config_directory= queue_directory= data_directory='
    local word words=
    COMPREPLY=()
    # bash takes "--summary=json" for three words.
    if [[ $current == = ]]; then
        current='' equals=yes
    elif [[ $previous == = && COMP_CWORD -ge 2 ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]} equals=yes
    fi
    case $previous,$equals in
    -e,no | --edit,*) words=$actions ;;
    -i,no | --instance,*) words="- $(_postfix_multi_told 1)" ;;
    -g,no | -G,no | --group,* | --set-group,*) words=$(_postfix_multi_told 2) ;;
    -I,no | --set-name,*) words=postfix- ;;
    --jobs,*) words='auto 2 4 8 16' ;;
    --timeout,* | --query-timeout,* | --wait,*) words='30s 1m 5m' ;;
    --summary,yes) words='table json' ;;
    --format,*) words='table json openmetrics' ;;
    --from,* | *_directory,yes)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return
        ;;
    *)
        case $current in
        --*) words=$options ;;
        -*) words="$letters $options" ;;
        *)
            words='check foreground status'
            for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                case $word in
                -p | --postfix) words=$commands ;;
                -x | --execute) mapfile -t COMPREPLY < <(compgen -c -- "$current") && return ;;
                -e | --edit) words=$settings ;;
                -l | --list | check | foreground | status) words= ;;
                esac
            done
            ;;
        esac
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    if [[ ${COMPREPLY[0]-} == *= || ${COMPREPLY[0]-} == postfix- ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _postfix_multi postfix-multi
