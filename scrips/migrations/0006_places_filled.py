from django.db import migrations

# A migration of its own: rows whose triggers still wait let no table be altered.
_FILL = """
    INSERT INTO scrips_scripqueue (scrip_id, queue_id)
        SELECT id, queue_id FROM scrips_scrip WHERE queue_id IS NOT NULL;
    UPDATE scrips_scrip SET everywhere = false WHERE queue_id IS NOT NULL;
"""
# One queue is all that there was: a scrip of several keeps the first, rather than to act in all.
_EMPTY = """
    UPDATE scrips_scrip SET everywhere = true, queue_id = (
        SELECT min(queue_id) FROM scrips_scripqueue WHERE scrip_id = scrips_scrip.id
    ) WHERE NOT everywhere;
    DELETE FROM scrips_scripqueue;
"""


class Migration(migrations.Migration):
    dependencies = [("scrips", "0005_places")]
    operations = [migrations.RunSQL(_FILL, _EMPTY)]
