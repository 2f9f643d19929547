# Nothing is left of the other instances, and the first one runs.
for left in /etc/postfix-* /var/spool/postfix-* /var/lib/postfix-*; do
    [ ! -e "$left" ] || fail "$left is left"
done
if grep multi_instance /etc/postfix/main.cf; then fail 'main.cf is not as before'; fi
postfix status || fail 'the first Postfix does not run'
