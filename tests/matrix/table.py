"""Who gets which answer: a row for every endpoint and method of the API and for every page of the site.

The columns are anonymous, stranger (logged in, without any grant), requestor and cc of the ticket (customers on it by
that alone), agent of the queue Support, agent of the queue Incidents alone (`other`), supervisor of Support, admin, and
the system user, who can't log in: a token or session of his is as good as none. What stands in braces is named in
`cast.py`: `ticket` is one of Support, `far` one of Incidents that it depends on, the rest belongs to Support or to it.
"""

from typing import Any

API = """
#                                              anon stra requ   cc agen othe supe admi syst
GET    /api/health                              200  200  200  200  200  200  200  200  200
GET    /api/ready                               200  200  200  200  200  200  200  200  200
GET    /api/schema                              200  200  200  200  200  200  200  200  200
GET    /api/docs                                200  200  200  200  200  200  200  200  200
GET    /api/no-such-path                        404  404  404  404  404  404  404  404  404

GET    /api/tickets                             401  200  200  200  200  200  200  200  401
POST   /api/tickets                             401  403  403  403  201  403  201  201  401
POST   /api/tickets/preview                     401  403  403  403  200  403  200  200  401
GET    /api/tickets?q=Status=open               401  200  200  200  200  200  200  200  401
POST   /api/tickets/search                      401  200  200  200  200  200  200  200  401
POST   /api/tickets/search/validate             401  200  200  200  200  200  200  200  401
GET    /api/tickets/search/complete             401  200  200  200  200  200  200  200  401
GET    /api/tickets/{ticket}                    401  404  200  200  200  404  200  200  401
GET    /api/tickets/{ticket}?at=1               401  404  200  200  200  404  200  200  401
PATCH  /api/tickets/{ticket}                    401  404  403  403  200  404  200  200  401
POST   /api/tickets/{ticket}/preview            401  404  200  200  200  404  200  200  401
POST   /api/tickets/{ticket}/comment            401  404  403  403  200  404  200  200  401
POST   /api/tickets/{ticket}/reply              401  404  200  200  200  404  200  200  401
GET    /api/tickets/{ticket}/transactions       401  404  200  200  200  404  200  200  401
GET    /api/tickets/{ticket}/transitions        401  404  200  200  200  404  200  200  401
POST   /api/tickets/{ticket}/transitions/open   401  404  403  403  200  404  200  200  401
POST   /api/tickets/{ticket}/transitions/delete 401  404  403  403  403  404  409  409  401
GET    /api/tickets/{far}                       401  404  404  404  404  200  404  200  401

GET    /api/tickets/export.csv                  401  200  200  200  200  200  200  200  401
GET    /api/tickets/export.xlsx                 401  200  200  200  200  200  200  200  401
GET    /api/tickets/export.csv?view={view_of_agent} 401  400  400  400  200  400  400  400  401

GET    /api/tickets/bulk                        401  200  200  200  200  200  200  200  401
POST   /api/tickets/bulk                        401  200  200  200  200  200  200  200  401
GET    /api/tickets/bulk/{bulk_of_agent}        401  404  404  404  200  404  404  200  401
POST   /api/tickets/bulk/{bulk_of_agent}/stop   401  404  404  404  200  404  404  200  401
POST   /api/tickets/bulk/{bulk_of_agent}/resume 401  404  404  404  200  404  404  200  401

GET    /api/views                               401  200  200  200  200  200  200  200  401
POST   /api/views                               401  201  201  201  201  201  201  201  401
GET    /api/views/{view_of_all}                 401  200  200  200  200  200  200  200  401
PATCH  /api/views/{view_of_all}                 401  403  403  403  403  403  403  200  401
DELETE /api/views/{view_of_all}                 401  403  403  403  403  403  403  204  401
GET    /api/views/{view_of_agent}               401  404  404  404  200  404  404  404  401
PATCH  /api/views/{view_of_agent}               401  404  404  404  200  404  404  404  401

GET    /api/replies                             401  200  200  200  200  200  200  200  401
POST   /api/replies                             401  201  201  201  201  201  201  201  401
GET    /api/replies/{reply_of_all}              401  200  200  200  200  200  200  200  401
PATCH  /api/replies/{reply_of_all}              401  403  403  403  403  403  403  200  401
DELETE /api/replies/{reply_of_all}              401  403  403  403  403  403  403  204  401
GET    /api/replies/{reply}                     401  404  404  404  200  404  404  404  401
PATCH  /api/replies/{reply}                     401  404  404  404  200  404  404  404  401
DELETE /api/replies/{reply}                     401  404  404  404  204  404  404  404  401

GET    /api/reports/flow                        401  200  200  200  200  200  200  200  401
GET    /api/reports/backlog                     401  200  200  200  200  200  200  200  401
GET    /api/reports/first-response?by=owner     401  200  200  200  200  200  200  200  401
GET    /api/reports/resolution.csv              401  200  200  200  200  200  200  200  401
GET    /api/reports/none                        401  404  404  404  404  404  404  404  401

GET    /api/transactions                        401  200  200  200  200  200  200  200  401
GET    /api/transactions/{create}               401  404  200  200  200  404  200  200  401
GET    /api/transactions/{create}/explain       401  404  403  403  200  404  200  200  401
GET    /api/transactions/{comment}/explain      401  404  404  404  200  404  200  200  401
GET    /api/tickets/{ticket}/chain              401  404  403  403  200  404  200  200  401
GET    /api/transactions/{comment}              401  404  404  404  200  404  200  200  401
GET    /api/transactions/{correspond}           401  404  200  200  200  404  200  200  401
GET    /api/transactions/{record}               401  404  404  404  200  404  200  200  401

POST   /api/attachments                         401  201  201  201  201  201  201  201  401
GET    /api/attachments/{comment_file}          401  404  404  404  200  404  200  200  401
GET    /api/attachments/{correspond_file}       401  404  200  200  200  404  200  200  401
GET    /api/attachments/{waiting_file}          401  404  404  404  404  404  404  200  401
GET    /api/attachments/{comment_file}/thumbnail 401 404  404  404  200  404  200  200  401
GET    /api/attachments/{correspond_file}/thumbnail 401 404 200 200 200 404  200  200  401
GET    /api/attachments/{waiting_file}/thumbnail 401 404  404  404  404  404  404  200  401

GET    /api/deliveries                          401  200  200  200  200  200  200  200  401
GET    /api/deliveries/{delivery}               401  404  404  404  200  404  200  200  401
POST   /api/deliveries/{delivery}/retry         401  404  404  404  403  404  403  200  401
POST   /api/deliveries/{delivery}/cancel        401  404  404  404  403  404  403  200  401
GET    /api/deliveries/hosts                    401  403  403  403  403  403  403  200  401
POST   /api/deliveries/hosts/{host}/reset       401  403  403  403  403  403  403  200  401
POST   /api/deliveries/retry                    401  403  403  403  403  403  403  200  401

GET    /api/queues                              401  200  200  200  200  200  200  200  401
POST   /api/queues                              401  403  403  403  403  403  403  201  401
GET    /api/queues/{queue}                      401  404  404  404  200  404  200  200  401
PATCH  /api/queues/{queue}                      401  404  404  404  403  404  403  200  401
GET    /api/queues/{queue}/scrips/order         401  404  404  404  403  404  403  200  401
POST   /api/queues/{queue}/scrips/order         401  404  404  404  403  404  403  400  401

GET    /api/custom-fields                       401  200  200  200  200  200  200  200  401
POST   /api/custom-fields                       401  403  403  403  403  403  403  201  401
GET    /api/custom-fields/{field}               401  404  404  404  200  404  200  200  401
PATCH  /api/custom-fields/{field}               401  404  404  404  403  404  403  200  401
DELETE /api/custom-fields/{field}               401  404  404  404  403  404  403  204  401
GET    /api/custom-fields/{field}/usage         401  404  404  404  403  404  403  200  401
GET    /api/custom-fields/{field}/used-by       401  404  404  404  403  404  403  200  401

GET    /api/lifecycles                          401  200  200  200  200  200  200  200  401
POST   /api/lifecycles                          401  403  403  403  403  403  403  201  401
POST   /api/lifecycles/validate                 401  403  403  403  403  403  403  200  401
GET    /api/lifecycles/{lifecycle}              401  404  404  404  200  404  200  200  401
PATCH  /api/lifecycles/{lifecycle}              401  404  404  404  403  404  403  200  401
POST   /api/lifecycles/{lifecycle}/publish      401  404  404  404  403  404  403  400  401
GET    /api/lifecycles/{lifecycle}/versions     401  404  404  404  200  404  200  200  401
GET    /api/lifecycles/{lifecycle}/versions/1   401  404  404  404  200  404  200  200  401
GET    /api/lifecycles/{lifecycle}/diagram      401  404  404  404  200  404  200  200  401
GET    /api/lifecycles/{lifecycle}/diagram?ticket_id={key} 401  404  404  404  200  404  200  200  401
GET    /api/lifecycles/{lifecycle}/diagram.svg  401  404  404  404  200  404  200  200  401
GET    /api/lifecycles/{lifecycle}/diagram.mmd  401  404  404  404  200  404  200  200  401
GET    /api/lifecycles/{lifecycle}/used-by      401  404  404  404  403  404  403  200  401
GET    /api/lifecycles/{lifecycle}/moves        401  404  404  404  403  404  403  200  401
POST   /api/lifecycles/{lifecycle}/moves        401  404  404  404  403  404  403  200  401
GET    /api/lifecycles/{lifecycle}/moves/{move} 401  404  404  404  403  404  403  200  401
POST   /api/lifecycles/{lifecycle}/moves/{move}/stop 401  404  404  404  403  404  403  200  401
POST   /api/lifecycles/{lifecycle}/moves/{move}/resume 401  404  404  404  403  404  403  200  401

GET    /api/scrips                              401  403  403  403  403  403  403  200  401
GET    /api/scrips/kinds                        401  403  403  403  403  403  403  200  401
POST   /api/scrips                              401  403  403  403  403  403  403  201  401
POST   /api/scrips/{scrip}/backtest             401  404  404  404  404  404  404  200  401
POST   /api/scrips/{scrip}/test                 401  404  404  404  404  404  404  201  401
POST   /api/scrips/backtest                     401  403  403  403  403  403  403  200  401
GET    /api/scrips/backtests/{backtest}         401  404  404  404  404  404  404  200  401
GET    /api/scrips/{scrip}                      401  404  404  404  404  404  404  200  401
GET    /api/scrips/{scrip}/uses                 401  404  404  404  404  404  404  200  401
GET    /api/scrips/{scrip}/versions             401  404  404  404  404  404  404  200  401
POST   /api/scrips/{scrip}/rollback             401  404  404  404  404  404  404  200  401
PATCH  /api/scrips/{scrip}                      401  404  404  404  404  404  404  200  401
DELETE /api/scrips/{scrip}                      401  404  404  404  404  404  404  204  401

GET    /api/templates                           401  403  403  403  403  403  403  200  401
POST   /api/templates                           401  403  403  403  403  403  403  201  401
POST   /api/templates/render                    401  403  403  403  403  403  403  200  401
GET    /api/templates/{template}                401  404  404  404  404  404  404  200  401
GET    /api/templates/{template}/used-by        401  404  404  404  404  404  404  200  401
GET    /api/templates/{template}/versions       401  404  404  404  404  404  404  200  401
POST   /api/templates/{template}/rollback       401  404  404  404  404  404  404  200  401
PATCH  /api/templates/{template}                401  404  404  404  404  404  404  200  401
DELETE /api/templates/{unused}                  401  404  404  404  404  404  404  204  401
POST   /api/templates/{template}/render         401  404  404  404  404  404  404  200  401
POST   /api/templates/{template}/test           401  404  404  404  404  404  404  201  401

GET    /api/users                               401  403  403  403  403  403  403  200  401
POST   /api/users                               401  403  403  403  403  403  403  201  401
GET    /api/users/{user}                        401  404  404  404  404  404  404  200  401
PATCH  /api/users/{user}                        401  404  404  404  404  404  404  200  401
GET    /api/groups                              401  403  403  403  403  403  403  200  401
POST   /api/groups                              401  403  403  403  403  403  403  201  401
GET    /api/groups/{group}                      401  404  404  404  404  404  404  200  401
PATCH  /api/groups/{group}                      401  404  404  404  404  404  404  200  401
GET    /api/roles                               401  403  403  403  403  403  403  200  401
POST   /api/roles                               401  403  403  403  403  403  403  201  401
GET    /api/roles/{role}                        401  404  404  404  404  404  404  200  401
PATCH  /api/roles/{role}                        401  404  404  404  404  404  404  200  401
GET    /api/grants                              401  403  403  403  403  403  403  200  401
POST   /api/grants                              401  403  403  403  403  403  403  201  401
GET    /api/grants/{grant}                      401  404  404  404  404  404  404  200  401
PATCH  /api/grants/{grant}                      401  404  404  404  404  404  404  200  401
DELETE /api/grants/{grant}                      401  404  404  404  404  404  404  204  401

GET    /api/me                                  401  200  200  200  200  200  200  200  401
GET    /api/me/rights                           401  200  200  200  200  200  200  200  401
GET    /api/me/rights?ticket_id={ticket}        401  400  200  200  200  400  200  200  401
GET    /api/tokens                              401  200  200  200  200  200  200  200  401
POST   /api/tokens                              401  201  201  201  201  201  201  201  401
DELETE /api/tokens/{token}                      401  404  404  404  404  404  404  204  401

GET    /api/audit                               401  403  403  403  403  403  403  200  401
GET    /api/audit?subject_type=user&since=2025-01-01 401  403  403  403  403  403  403  200  401
GET    /api/audit/{entry}                       401  403  403  403  403  403  403  200  401
GET    /api/configuration/check                 401  403  403  403  403  403  403  200  401

POST   /api/auth/token                          400  400  400  400  400  400  400  400  400
POST   /api/auth/refresh                        401  401  401  401  401  401  401  401  401
POST   /api/auth/logout                         401  401  401  401  401  401  401  401  401
"""

PAGES = """
#                                              anon stra requ   cc agen othe supe admi syst
GET    /                                        302  302  302  302  200  200  200  200  302
GET    /?view=all                               302  302  302  302  200  200  200  200  302
GET    /?view={view_of_all}                     302  302  302  302  200  200  200  200  302
GET    /?view={view_of_agent}                   302  302  302  302  200  404  404  404  302
GET    /?queue={queue}                          302  302  302  302  200  404  200  200  302
GET    /metrics                                 401  403  403  403  403  403  403  200  401
GET    /search                                  302  302  302  302  200  200  200  200  302
GET    /search?q={key}                          302  302  302  302  302  200  302  302  302
GET    /search/judge?q=Status                   302  200  200  200  200  200  200  200  302
GET    /search/people?part=Name&q=a             302  200  200  200  200  200  200  200  302
GET    /bulk                                    302  302  302  302  200  200  200  200  302
GET    /bulk?id={ticket}                        302  302  302  302  200  200  200  200  302
POST   /bulk                                    302  200  200  200  200  200  200  200  302
GET    /bulk/{bulk_of_agent}                    302  404  404  404  200  404  404  200  302
GET    /bulk/{bulk_of_agent}/stop               405  405  405  405  405  405  405  405  405
POST   /bulk/{bulk_of_agent}/stop               302  404  404  404  302  404  404  302  302
POST   /bulk/{bulk_of_agent}/resume             302  404  404  404  302  404  404  302  302
POST   /bulk/{bulk_of_agent}/run                302  404  404  404  404  404  404  404  302
GET    /palette                                 302  200  200  200  200  200  200  200  302
GET    /palette?q={key}&at=/tickets/{key}       302  200  200  200  200  200  200  200  302
GET    /reports                                 302  302  302  302  302  302  302  302  302
GET    /reports/                                302  302  302  302  200  200  200  200  302
GET    /picked                                  405  405  405  405  405  405  405  405  405
POST   /picked                                  302  302  302  302  302  302  302  302  302
GET    /views/counts                            302  200  200  200  200  200  200  200  302
GET    /views/new                               302  302  302  302  200  200  200  200  302
POST   /views/new                               302  200  200  200  200  200  200  200  302
GET    /views/{view_of_all}/edit                302  403  403  403  403  403  403  200  302
POST   /views/{view_of_all}/edit                302  403  403  403  403  403  403  200  302
GET    /views/{view_of_agent}/edit              302  404  404  404  200  404  404  404  302
GET    /views/{view_of_all}/delete              302  403  403  403  403  403  403  200  302
POST   /views/{view_of_all}/delete              302  403  403  403  403  403  403  302  302
GET    /views/{view_of_agent}/delete            302  404  404  404  200  404  404  404  302
GET    /tickets/{key}                           302  404  302  302  200  404  200  200  302
GET    /tickets/{key}?show=all                  302  404  302  302  200  404  200  200  302
GET    /tickets/new                             302  302  302  302  200  200  200  200  302
POST   /tickets/new                             302  403  403  403  200  200  200  200  302
GET    /tickets/new/alike                       302  403  403  403  200  200  200  200  302
GET    /tickets/{key}/write                     405  405  405  405  405  405  405  405  405
POST   /tickets/{key}/write                     302  404  200  200  200  404  200  200  302
GET    /tickets/{key}/preview                   405  405  405  405  405  405  405  405  405
POST   /tickets/{key}/preview                   302  404  200  200  200  404  200  200  302
GET    /tickets/{key}/draft                     405  405  405  405  405  405  405  405  405
POST   /tickets/{key}/draft                     302  404  200  200  200  404  200  200  302
GET    /tickets/{key}/take                      405  405  405  405  405  405  405  405  405
POST   /tickets/{key}/take                      302  404  403  403  302  404  302  302  302
GET    /tickets/{key}/edit/people               302  404  403  403  200  404  200  200  302
POST   /tickets/{key}/edit/people               302  404  403  403  302  404  302  302  302
GET    /tickets/{key}/edit/basics               302  404  403  403  200  404  200  200  302
GET    /tickets/{key}/edit/fields               302  404  403  403  200  404  200  200  302
GET    /tickets/{key}/edit/links                302  404  403  403  200  404  200  200  302
GET    /tickets/{key}/edit/none                 302  404  404  404  404  404  404  404  302
GET    /tickets/{key}/unsent/{draft}/undo       405  405  405  405  405  405  405  405  405
POST   /tickets/{key}/unsent/{draft}/undo       302  404  409  409  302  404  409  409  302
GET    /tickets/{key}/unsent/{draft}/send       405  405  405  405  405  405  405  405  405
POST   /tickets/{key}/unsent/{draft}/send       302  404  302  302  302  404  302  302  302
GET    /tickets/{key}/here                      302  404  403  403  200  404  200  200  302
GET    /tickets/{key}/replies                   302  404  200  200  200  404  200  200  302
GET    /tickets/{key}/replies/{reply}           302  404  404  404  200  404  404  404  302
GET    /account/replies                         302  200  200  200  200  200  200  200  302
GET    /account/replies/new                     302  200  200  200  200  200  200  200  302
GET    /account/replies/{reply}                 302  404  404  404  200  404  404  404  302
GET    /account/replies/{reply}/delete          302  404  404  404  200  404  404  404  302
POST   /account/replies/{reply}/delete          302  404  404  404  302  404  404  404  302
GET    /account/replies/{reply_of_all}          302  403  403  403  403  403  403  200  302
GET    /unsent/{draft}                          302  404  404  404  200  404  404  404  302
POST   /unsent/{draft}                          302  404  404  404  302  404  404  404  302
GET    /tickets/{key}/why/1                     302  404  403  403  200  404  200  200  302
GET    /tickets/{key}/letters/{comment_seq}     302  404  404  404  200  404  200  200  302
GET    /tickets/{key}/letters/{correspond_seq}  302  404  200  200  200  404  200  200  302
GET    /login                                   200  200  200  200  200  200  200  200  200
GET    /logout                                  405  405  405  405  405  405  405  405  405
POST   /logout                                  302  302  302  302  302  302  302  302  302
GET    /account                                 302  200  200  200  200  200  200  200  302
GET    /account/looks                           405  405  405  405  405  405  405  405  405
POST   /account/looks                           302  200  200  200  200  200  200  200  302
GET    /account/signature                       405  405  405  405  405  405  405  405  405
POST   /account/signature                       302  302  302  302  302  302  302  302  302
GET    /account/mails                           405  405  405  405  405  405  405  405  405
POST   /account/mails                           302  302  302  302  302  302  302  302  302
GET    /account/theme                           405  405  405  405  405  405  405  405  405
POST   /account/theme                           302  400  400  400  400  400  400  400  302
GET    /account/password                        405  405  405  405  405  405  405  405  405
POST   /account/password                        302  404  404  404  404  404  404  200  302
GET    /account/tokens                          302  200  200  200  200  200  200  200  302
GET    /account/tokens/{token}/revoke           302  404  404  404  404  404  404  200  302
POST   /account/tokens/{token}/revoke           302  404  404  404  404  404  404  302  302
GET    /password-reset                          200  200  200  200  200  200  200  200  200
GET    /password-reset/sent                     200  200  200  200  200  200  200  200  200
GET    /password-reset/done                     200  200  200  200  200  200  200  200  200
GET    /password-reset/MQ/none                  200  200  200  200  200  200  200  200  200
GET    /portal/                                 302  200  200  200  200  200  200  200  302
GET    /portal/?show=closed                     302  200  200  200  200  200  200  200  302
GET    /portal/?q={key}                         302  200  302  302  200  200  200  200  302
GET    /portal/new                              302  403  403  403  200  200  200  200  302
POST   /portal/new                              302  403  403  403  200  200  200  200  302
GET    /portal/tickets/{key}                    302  404  200  200  404  404  404  404  302
GET    /portal/tickets/{ticket}                 302  404  301  301  404  404  404  404  302
GET    /portal/tickets/{key}/write              405  405  405  405  405  405  405  405  405
POST   /portal/tickets/{key}/write              302  404  200  200  404  404  404  404  302
GET    /portal/link                             200  200  200  200  200  200  200  200  200
GET    /portal/link/sent                        200  200  200  200  200  200  200  200  200
GET    /portal/link/none                        200  200  200  200  200  200  200  200  200
POST   /portal/link/none                        200  200  200  200  200  200  200  200  200
GET    /admin                                   302  302  302  302  302  302  302  302  302
"""

# What each field of a request is, for the rows that send one.
BODIES: dict[str, dict[str, Any]] = {
    "POST /api/tickets": {"subject": "x", "queue": "Support"},
    "POST /api/tickets/preview": {"subject": "x", "queue": "Support"},
    "POST /api/tickets/search": {"query": "Status = open"},
    "POST /api/tickets/search/validate": {"query": "Status = open"},
    "PATCH /api/tickets/{ticket}": {"subject": "y"},
    "POST /api/tickets/{ticket}/preview": {"subject": "y"},
    "POST /api/tickets/{ticket}/comment": {"content": "x"},
    "POST /api/tickets/{ticket}/reply": {"content": "x"},
    "POST /api/tickets/bulk": {"ids": ["{ticket}"], "changes": {"subject": "y"}},
    "POST /api/views": {"name": "New"},
    "PATCH /api/views/{view_of_all}": {"name": "y"},
    "PATCH /api/views/{view_of_agent}": {"name": "y"},
    "POST /api/replies": {"name": "New", "text": "x"},
    "PATCH /api/replies/{reply_of_all}": {"name": "y"},
    "PATCH /api/replies/{reply}": {"name": "y"},
    "POST /api/deliveries/retry": {"since": "2025-01-01T00:00:00Z"},
    "POST /api/queues": {"name": "New"},
    "POST /api/custom-fields": {"name": "New", "field_type": "Freeform"},
    "POST /api/lifecycles": {
        "name": "New",
        "definition": {
            "statuses": {"initial": ["new"], "active": [], "inactive": ["done"]},
            "transitions": [{"name": "finish", "from": "new", "to": "done"}],
        },
    },
    "POST /api/lifecycles/validate": {"definition": {}},
    "POST /api/lifecycles/{lifecycle}/moves": {"version": 1, "preview": True},
    "POST /api/scrips": {
        "name": "New",
        "condition_type": "OnCreate",
        "action_type": "AddComment",
        "action_config": {"content": "x"},
    },
    "POST /api/scrips/{scrip}/test": {"ticket_id": "{ticket}"},
    "POST /api/templates": {"name": "New", "subject_template": "s", "body_template": "b"},
    "POST /api/templates/render": {"ticket_id": "{ticket}"},
    "POST /api/templates/{template}/render": {"ticket_id": "{ticket}"},
    "POST /api/templates/{template}/test": {"ticket_id": "{ticket}"},
    "POST /api/users": {"username": "new"},
    "POST /api/groups": {"name": "New"},
    "POST /api/roles": {"name": "New"},
    "POST /api/grants": {"role": "customer", "user_id": "{user}"},
    "PATCH /api/queues/{queue}": {"description": "y"},
    "POST /api/queues/{queue}/scrips/order": {"scrip_ids": []},
    "PATCH /api/custom-fields/{field}": {"name": "y"},
    "PATCH /api/lifecycles/{lifecycle}": {"name": "y"},
    "POST /api/scrips/backtest": {
        "scrip": {
            "name": "New",
            "condition_type": "OnCreate",
            "action_type": "AddComment",
            "action_config": {"content": "x"},
        }
    },
    "PATCH /api/scrips/{scrip}": {"name": "y"},
    "POST /api/scrips/{scrip}/rollback": {"version": 1},
    "POST /api/templates/{template}/rollback": {"version": 1},
    "PATCH /api/templates/{template}": {"name": "y"},
    "PATCH /api/users/{user}": {"first_name": "y"},
    "PATCH /api/groups/{group}": {"member_ids": []},
    "PATCH /api/roles/{role}": {"rights": ["ShowTicket"]},
    "PATCH /api/grants/{grant}": {"role": "supervisor"},
}
