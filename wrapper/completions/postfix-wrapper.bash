# Completion of postfix-wrapper for bash. A test compares the options with the program's own.

_postfix_wrapper() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} equals=no
    local options='--jobs --timeout --query-timeout --summary --dry-run --verbose --help --version'
    local commands='start stop quick-stop abort drain reload flush status check set-permissions upgrade-configuration'
    COMPREPLY=()
    # bash takes "--summary=json" for three words.
    if [[ $current == = ]]; then
        current='' equals=yes
    elif [[ $previous == = && COMP_CWORD -ge 2 ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]} equals=yes
    fi
    case $previous,$equals in
    --jobs,*) mapfile -t COMPREPLY < <(compgen -W 'auto 2 4 8 16' -- "$current") && return ;;
    --timeout,* | --query-timeout,*) mapfile -t COMPREPLY < <(compgen -W '30s 1m 5m' -- "$current") && return ;;
    # Without "=" it is the command that follows.
    --summary,yes) mapfile -t COMPREPLY < <(compgen -W 'table json' -- "$current") && return ;;
    esac
    case $current in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
    esac
}
complete -F _postfix_wrapper postfix-wrapper
