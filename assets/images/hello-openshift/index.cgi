#!/bin/sh
printf 'Content-Type: text/plain\r\nCache-Control: no-store\r\n\r\n'
printf 'Hello OpenShift! pod=%s token=%s\n' "$(hostname)" "${TOKEN:-}"
