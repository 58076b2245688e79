# bash completion for catalogctl, written by `catalogctl completion bash`.
# Load it in one shell: source <(catalogctl completion bash)
# In every shell: put it into ~/.local/share/bash-completion/completions/catalogctl

_catalogctl_files() {
    local IFS=$'\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$1"))
}

_catalogctl() {
    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}"
    local place="" word index position=0 skips=0 is_piece=0
    # What holds "=", ":" or "@" arrives in pieces: `--option=value` as three words.
    if [[ $current == "=" ]]; then
        current=""
    elif [[ $previous == "=" ]]; then
        previous="${COMP_WORDS[COMP_CWORD - 2]}"
    fi
    COMPREPLY=()
    for ((index = 1; index < COMP_CWORD; index++)); do
        word="${COMP_WORDS[index]}"
        if [[ $word == [=:@]* ]]; then
            is_piece=1
            continue
        fi
        if ((skips || is_piece)); then
            skips=0 is_piece=0
            continue
        fi
        case "$word" in
            --allow-host|--allow-origin|--before|--concurrency|--cursor-file|--days|--deadline|--format|--host|--kind|--limit|--max-cost|--max-stream-age|--max-streams|--max-streams-per-client|--model|--path|--port|--run|--sample|--server|--since|--source|--status|--store|--table|--timeout|--tls-cert|--tls-key|--token|--token-file|--topic|--trusted-proxy|--type) skips=1 ;;
            -*) ;;
            *)
                case "$place $word" in
                    " demo"|" enrich"|" extract"|" refresh"|" serve"|" events"|" events tail"|" jobs"|" jobs list"|" jobs show"|" runs"|" runs list"|" runs show"|" runs watch"|" runs cancel"|" runs retry"|" status"|" workers"|" workers list"|" catalog"|" catalog show"|" catalog search"|" catalog describe"|" catalog toggle"|" catalog export"|" kpis"|" questions"|" sources"|" sources add"|" sources list"|" sources test"|" sources remove"|" completion"|" doctor"|" llm"|" llm status"|" llm models"|" llm costs"|" store"|" store copy"|" worker")
                        place="$place $word" ;;
                    *) ((position++)) ;;
                esac
                ;;
        esac
    done
    [[ $current == [:@]* || ${COMP_WORDS[COMP_CWORD - 1]} == [:@]* ]] && return
    case "$place:$previous" in
        *:--server) return ;;
        *:--store) _catalogctl_files "$current"; return ;;
        *:--token) return ;;
        " demo":--path) _catalogctl_files "$current"; return ;;
        " demo":--port) return ;;
        " enrich":--table) return ;;
        " enrich":--model) return ;;
        " enrich":--max-cost) return ;;
        " enrich":--timeout) return ;;
        " extract":--table) return ;;
        " extract":--sample) return ;;
        " extract":--deadline) return ;;
        " extract":--timeout) return ;;
        " refresh":--table) return ;;
        " refresh":--sample) return ;;
        " refresh":--deadline) return ;;
        " refresh":--model) return ;;
        " refresh":--max-cost) return ;;
        " refresh":--timeout) return ;;
        " serve":--host) return ;;
        " serve":--port) return ;;
        " serve":--tls-cert) _catalogctl_files "$current"; return ;;
        " serve":--tls-key) _catalogctl_files "$current"; return ;;
        " serve":--token-file) _catalogctl_files "$current"; return ;;
        " serve":--allow-host) return ;;
        " serve":--allow-origin) return ;;
        " serve":--trusted-proxy) return ;;
        " serve":--max-streams) return ;;
        " serve":--max-streams-per-client) return ;;
        " serve":--max-stream-age) return ;;
        " serve":--concurrency) return ;;
        " events tail":--topic) COMPREPLY=($(compgen -W "jobs status kpis catalog llm" -- "$current")); return ;;
        " events tail":--run) return ;;
        " events tail":--since) return ;;
        " events tail":--cursor-file) _catalogctl_files "$current"; return ;;
        " events tail":--limit) return ;;
        " jobs list":--source) return ;;
        " jobs list":--status) COMPREPLY=($(compgen -W "pending running completed failed cancelled" -- "$current")); return ;;
        " jobs list":--type) COMPREPLY=($(compgen -W "extraction enrichment" -- "$current")); return ;;
        " jobs list":--before) return ;;
        " jobs list":--limit) return ;;
        " jobs show":--status) COMPREPLY=($(compgen -W "pending running completed failed cancelled" -- "$current")); return ;;
        " runs list":--source) return ;;
        " runs list":--kind) COMPREPLY=($(compgen -W "extraction enrichment refresh" -- "$current")); return ;;
        " runs list":--status) COMPREPLY=($(compgen -W "pending running completed failed cancelled" -- "$current")); return ;;
        " runs list":--before) return ;;
        " runs list":--limit) return ;;
        " runs watch":--timeout) return ;;
        " runs retry":--timeout) return ;;
        " status":--timeout) return ;;
        " catalog search":--limit) return ;;
        " catalog export":--format) COMPREPLY=($(compgen -W "json csv md" -- "$current")); return ;;
        " llm costs":--days) return ;;
        " worker":--concurrency) return ;;
        " worker":--source) return ;;
    esac
    if [[ $current == -* ]]; then
        local options="--help -h --server --store --token --json --quiet --verbose --no-color --version"
        case "$place" in
            " demo") options+=" --path --serve --port" ;;
            " enrich") options+=" --table --model --max-cost --dry-run --detach --timeout" ;;
            " extract") options+=" --table --sample --estimate --deadline --detach --timeout" ;;
            " refresh") options+=" --table --sample --estimate --deadline --model --max-cost --detach --timeout" ;;
            " serve") options+=" --host --port --tls-cert --tls-key --open --token-file --allow-host --allow-origin --trusted-proxy --max-streams --max-streams-per-client --max-stream-age --portable-streams --concurrency --no-worker" ;;
            " events tail") options+=" --topic --run --since --cursor-file --limit" ;;
            " jobs list") options+=" --source --status --type --before --limit" ;;
            " jobs show") options+=" --tasks --status" ;;
            " runs list") options+=" --source --kind --status --before --limit" ;;
            " runs watch") options+=" --timeout" ;;
            " runs retry") options+=" --watch --timeout" ;;
            " status") options+=" --follow --wait-idle --timeout" ;;
            " catalog search") options+=" --limit" ;;
            " catalog export") options+=" --format --no-profile --profile" ;;
            " kpis") options+=" --follow" ;;
            " llm costs") options+=" --days" ;;
            " worker") options+=" --until-idle --concurrency --source" ;;
        esac
        COMPREPLY=($(compgen -W "$options" -- "$current"))
        return
    fi
    case "$place:$position" in
        "":0) COMPREPLY=($(compgen -W "demo enrich extract refresh serve events jobs runs status workers catalog kpis questions sources completion doctor llm store worker" -- "$current")); ;;
        " enrich":0) _catalogctl_files "$current"; ;;
        " extract":0) _catalogctl_files "$current"; ;;
        " refresh":0) _catalogctl_files "$current"; ;;
        " serve":*) _catalogctl_files "$current"; ;;
        " events":0) COMPREPLY=($(compgen -W "tail" -- "$current")); ;;
        " jobs":0) COMPREPLY=($(compgen -W "list show" -- "$current")); ;;
        " runs":0) COMPREPLY=($(compgen -W "list show watch cancel retry" -- "$current")); ;;
        " workers":0) COMPREPLY=($(compgen -W "list" -- "$current")); ;;
        " catalog":0) COMPREPLY=($(compgen -W "show search describe toggle export" -- "$current")); ;;
        " sources":0) COMPREPLY=($(compgen -W "add list test remove" -- "$current")); ;;
        " sources add":1) _catalogctl_files "$current"; ;;
        " completion":0) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")); ;;
        " llm":0) COMPREPLY=($(compgen -W "status models costs" -- "$current")); ;;
        " store":0) COMPREPLY=($(compgen -W "copy" -- "$current")); ;;
    esac
}

complete -F _catalogctl catalogctl
